using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace MarbleRun.Dashboard.Tests;

/// <summary>axe finds nothing on any page, in dark and in light. With MARBLERUN_SCREENSHOTS=1 the pages are also drawn for the
/// documents.</summary>
public sealed class AccessibilityTests(Browser browser)
{
    private static readonly string[] s_paths =
        ["/", "/mesh?type=orders", "/certificates", "/update", "/audit", "/update/approve", "/revoke", "/lift?number=1", "/nothing"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Pages_HaveNoViolations(ColorScheme scheme)
    {
        string axe = Browser.ReadAxe();
        await using DashboardMesh mesh = await StartAsync();
        IPage page = await browser.OpenAsync(scheme);
        await page.GotoAsync(mesh.Server.Link.ToString());
        var found = new List<string>();
        foreach (string path in s_paths)
        {
            await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}{path}");
            found.AddRange((await RunAxeAsync(page, axe)).Select(fault => $"{path}: {fault}"));
        }

        await mesh.ReplaceAsync(isExpected: true);
        await mesh.Watch.RefreshAsync(Cancellation);
        await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}/");
        found.AddRange((await RunAxeAsync(page, axe)).Select(fault => $"stopped: {fault}"));

        Assert.Empty(found);
    }

    [Fact]
    public async Task Pages_AsPictures_ForTheDocuments()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("MARBLERUN_SCREENSHOTS") == "1",
            "MARBLERUN_SCREENSHOTS=1 writes the pictures of docs/images.");
        await using DashboardMesh mesh = await StartAsync();
        string folder = Directory.CreateDirectory(Path.Combine(TestSupport.RepositoryFiles.Root, "docs/images")).FullName;
        foreach ((string path, string name, ColorScheme scheme) in new[]
        {
            ("/", "dashboard-verdict", ColorScheme.Light), ("/mesh?type=orders", "dashboard-mesh", ColorScheme.Light),
            ("/update", "dashboard-update", ColorScheme.Light), ("/audit", "dashboard-audit", ColorScheme.Dark),
        })
        {
            DashboardMesh shown = mesh;
            IPage page = await browser.OpenAsync(scheme);
            await using Cli.Dashboard.Serving.DashboardServer server =
                await Cli.Dashboard.Serving.DashboardServer.StartAsync(shown.Watch, TimeProvider.System, Cancellation);
            await page.GotoAsync(server.Link.ToString());
            await page.GotoAsync($"http://127.0.0.1:{server.Port}{path}");
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
        }
    }

    private static async Task<DashboardMesh> StartAsync()
    {
        DashboardMesh mesh = await DashboardMesh.StartAsync(wrap: client =>
            AnsweringClient.Create(client, () => AnsweringClient.CreateMarbles(12, "orders", "frontend", "orders", "database")));
        await mesh.Mesh.ActivateAsync("worker", Cancellation);
        await mesh.AttemptAsync();
        using (Management.CoordinatorClient alice = mesh.Mesh.CreateCoordinatorClient(mesh.Alice))
        {
            await alice.RevokeAsync(
                Management.Revocations.RevocationSubjectKind.Certificate, new string('d', 64), "lost with a disk", Cancellation);
        }

        await mesh.ProposeAsync(m =>
        {
            m["Marbles"]!["database"]!["MaxActivations"] = 7;
            m["Marbles"]!["cache"] = new JsonObject { ["Package"] = "store" };
            m["TLS"]!["web"]!.AsObject().Remove("Outgoing");
        });
        await mesh.Watch.RefreshAsync(Cancellation);
        return mesh;
    }

    /// <summary>axe is put into the page by the debugger, which the page's policy does not bind.</summary>
    private static async Task<IEnumerable<string>> RunAxeAsync(IPage page, string axe)
    {
        await page.EvaluateAsync(axe);
        // What is closed is not examined.
        await page.EvaluateAsync("() => document.querySelectorAll('details').forEach(details => { details.open = true; })");
        string result = await page.EvaluateAsync<string>(
            "async () => JSON.stringify((await axe.run(document, { resultTypes: ['violations'] })).violations)");
        using var violations = JsonDocument.Parse(result);
        return
        [
            .. violations.RootElement.EnumerateArray().Select(violation =>
                $"{violation.GetProperty("id").GetString()} {violation.GetProperty("nodes")[0].GetProperty("html").GetString()} "
                + violation.GetProperty("nodes")[0].GetProperty("failureSummary").GetString()),
        ];
    }
}
