using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace MarbleRun.Dashboard.Tests;

/// <summary>What each page says of a real mesh, in a real browser.</summary>
public sealed class PageTests(Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Verdict_OfAVerifiedCoordinator_ComesFirstWithItsChecks()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        IPage page = await browser.OpenAsync();

        await page.GotoAsync(mesh.Server.Link.ToString());

        Assert.Equal($"http://127.0.0.1:{mesh.Server.Port}/", page.Url);
        Assert.Equal("Verdict", await page.TextContentAsync("h1"));
        Assert.StartsWith("√ Verified.", await page.TextContentAsync(".banner"), StringComparison.Ordinal);
        string text = await page.InnerTextAsync("main");
        foreach (string expected in new[]
        {
            "quote.signature", "√ passed", mesh.Watch.View.Mesh!.Signed.Fingerprint, "user alice", "4 in 2 packages",
        })
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("× failed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mesh_WithPolicies_IsDrawnAndListed()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.Mesh.ActivateAsync("worker", Cancellation);
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await OpenAsync(mesh, "/mesh");

        Assert.Equal(
            ["database", "frontend", "orders", "worker"],
            (await page.Locator("svg .node-name").AllTextContentsAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["frontend to orders at orders:9000", "orders to database at 10.0.0.7:5432"],
            await page.Locator("svg .edge title").AllTextContentsAsync());
        Assert.Equal(1, await page.Locator("svg .by-port").CountAsync());
        Assert.Contains("1 live Marble", await page.TextContentAsync("svg"), StringComparison.Ordinal);
        string connections = await page.InnerTextAsync("[aria-labelledby=connections]");
        foreach (string expected in new[]
        {
            "anybody\tfrontend\tport 8443", "any Marble of this mesh\torders\tport 9000", "orders\tdatabase (by its port)\t10.0.0.7:5432",
            "frontend\tan address outside the manifest\tpayments.example.org:443",
        })
        {
            Assert.Contains(expected, connections, StringComparison.Ordinal);
        }

        await page.ClickAsync("[aria-labelledby=types] a");
        Assert.Equal("Live Marbles of type worker", await page.TextContentAsync("#marbles"));
        Assert.Equal(1, await page.Locator("[aria-labelledby=marbles] tbody tr").CountAsync());
    }

    [Fact]
    public async Task Certificates_NearTheirEnd_ComeFirst()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(wrap: client =>
            AnsweringClient.Create(client, () => AnsweringClient.CreateMarbles(3, "orders")));
        IPage page = await OpenAsync(mesh, "/certificates");

        IReadOnlyList<string> rows = await page.Locator("tbody tr").AllInnerTextsAsync();
        Assert.Contains("2 certificates of 7 near the end", await page.TextContentAsync(".banner"), StringComparison.Ordinal);
        Assert.StartsWith(
            "‼ near its end\tMarble orders 00000000-0001-4000-8000-000000000001\t59 minutes left", rows[0], StringComparison.Ordinal);
        Assert.StartsWith("√ good\tMarble orders", rows[2], StringComparison.Ordinal);
        Assert.Contains(rows, row => row.Contains("User alice", StringComparison.Ordinal));
        Assert.Contains(rows, row => row.Contains("Root of the Coordinator", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Update_ThatIsPending_IsADiffWithWhoApproved()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m =>
        {
            m["Marbles"]!["database"]!["MaxActivations"] = 7;
            m["Marbles"]!["cache"] = new JsonObject { ["Package"] = "store" };
            m["TLS"]!["web"]!.AsObject().Remove("Outgoing");
        });
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await OpenAsync(mesh, "/update");

        string[] changes =
        [
            .. (await page.Locator(".diff tbody tr").AllInnerTextsAsync())
                .Select(row => string.Join(' ', row.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries))),
        ];
        Assert.Equal(
            [
                "changed Marbles › database › MaxActivations 3 7",
                "added Marbles › cache not there { \"Package\": \"store\" }",
            ],
            changes.Take(2));
        Assert.StartsWith("removed TLS › web › Outgoing", changes[2], StringComparison.Ordinal);
        Assert.Equal(["bob", "alice"], await page.Locator(".facts dd").AllInnerTextsAsync());
        Assert.Contains("Initial manifest set", await page.InnerTextAsync(".timeline"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_WithRefusals_ShowsThemWithTheirReasonAndTheHead()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.AttemptAsync();
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await OpenAsync(mesh, "/audit");

        Assert.Contains("form a chain up to the head", await page.TextContentAsync(".banner"), StringComparison.Ordinal);
        ILocator refused = page.Locator("[id^=refused-]");
        Assert.Equal(1, await refused.CountAsync());
        await refused.Locator("summary").ClickAsync();
        Assert.Contains("× refused marble.activate", await refused.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("unique_id", await refused.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(2, await page.Locator("[id^=all-]").CountAsync());
        Assert.Contains(mesh.Watch.View.Trail.Head!.Hash, await page.InnerTextAsync(".facts"), StringComparison.Ordinal);

        IDownload file = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("a[href='/audit/trail.jsonl']"));
        byte[] trail = await File.ReadAllBytesAsync(await file.PathAsync(), Cancellation);
        Assert.True(Audit.AuditTrail.Verify(
            [new Audit.AuditFile("trail", trail)], Audit.AuditHead.Start.Hash, mesh.Watch.View.Trail.Head.Hash).IsIntact);
    }

    [Fact]
    public async Task Audit_WithARefusedMarble_ShowsTheTreeOfItsChecks()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.AttemptAsync();
        await mesh.AttemptAsync();
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await OpenAsync(mesh, "/audit");

        ILocator attempt = page.Locator("[id^=attempt-]").First;
        Assert.Contains(
            "× refused marble.activate of Marble type worker", await attempt.Locator("summary").InnerTextAsync(), StringComparison.Ordinal);
        await attempt.Locator("summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        ILocator failed = attempt.Locator(".checks > li.bad");
        Assert.Equal(1, await failed.CountAsync());
        string text = await failed.InnerTextAsync();
        foreach (string expected in new[]
        {
            "× failed package.unique_id", "Expected", new string('a', 64), "Found", new string('c', 64), "Do", "The code is not the code",
        })
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }

        Assert.Contains("√ passed quote.signature", await attempt.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("not reached tcb.status", await attempt.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_WithoutAUser_AreReadOnlyAndSayWhatIsMissing()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(isReadOnly: true);
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await OpenAsync(mesh, "/update");

        Assert.Equal(0, await page.Locator("main .button, main form").CountAsync());
        Assert.Equal(404, (await page.GotoAsync(Url(mesh, "/update/approve")))!.Status);
        Assert.Equal(404, (await page.GotoAsync(Url(mesh, "/revoke")))!.Status);
        await page.GotoAsync(Url(mesh, "/audit"));
        Assert.Contains("--key of a user with the action ReadAudit", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.GotoAsync(Url(mesh, "/mesh"));
        Assert.Contains("--key of a user with the action ReadMarbles", await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    private static string Url(DashboardMesh mesh, string path) => $"http://127.0.0.1:{mesh.Server.Port}{path}";

    private async Task<IPage> OpenAsync(DashboardMesh mesh, string path)
    {
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync(Url(mesh, path));
        return page;
    }
}
