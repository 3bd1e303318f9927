using System.Text.Json.Nodes;
using MarbleRun.Cli.Dashboard.Views;
using Microsoft.Playwright;

namespace MarbleRun.Dashboard.Tests;

/// <summary>A page that stays open: it follows the Coordinator, keeps the place of the reader, and stops at another Coordinator.</summary>
public sealed class LiveTests(Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenPage_WhenAnUpdateComes_ShowsItAndKeepsTheFocus()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(isLive: true);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.FocusAsync("nav a[href='/certificates']");
        await page.EvaluateAsync("() => { window.isSamePage = true; }");

        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);

        await page.WaitForSelectorAsync("main >> text=‼ one is pending");
        Assert.True(await page.EvaluateAsync<bool>("() => window.isSamePage === true"));
        Assert.Equal("/certificates", await page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href')"));
        Assert.StartsWith("As of ", await page.TextContentAsync("[role=status]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenTrail_WhenARecordComes_KeepsWhatIsOpen()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(isLive: true);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}/audit");
        await page.ClickAsync("#all-1 summary");

        await mesh.Mesh.ActivateAsync("worker", Cancellation);

        await page.WaitForSelectorAsync("#all-2");
        Assert.True(await page.EvaluateAsync<bool>("() => document.getElementById('all-1').open"));
        Assert.False(await page.EvaluateAsync<bool>("() => document.getElementById('all-2').open"));
    }

    [Theory]
    [InlineData(true, "another root certificate")]
    [InlineData(false, "was refused")]
    public async Task OpenPage_WhenTheCoordinatorIsReplaced_SaysSoShowsNothingAndStops(bool isExpected, string reason)
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(isLive: true);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        string fingerprint = mesh.Watch.View.Mesh!.Signed.Fingerprint;

        await mesh.ReplaceAsync(isExpected);

        await page.WaitForSelectorAsync("text=Another Coordinator answers at this address.");
        Assert.Equal(WatchPhase.Stopped, mesh.Watch.View.Phase);
        string text = await page.InnerTextAsync("body");
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator("nav").CountAsync());
        foreach (string path in new[] { "/", "/mesh", "/update", "/audit", "/audit/head.json", "/update/approve" })
        {
            await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}{path}");
            string shown = await page.InnerTextAsync("body");
            Assert.Contains("Another Coordinator answers", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("intruder", shown, StringComparison.Ordinal);
            Assert.DoesNotContain(fingerprint, shown, StringComparison.Ordinal);
        }

        // It stays stopped even when the first one would be back.
        await mesh.Watch.RefreshAsync(Cancellation);
        Assert.Equal(WatchPhase.Stopped, mesh.Watch.View.Phase);
        Assert.Null(mesh.Watch.Client);
    }

    [Fact]
    public async Task OpenPage_WhenTheCoordinatorIsAway_SaysThatItIsOld()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(isLive: true);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());

        await mesh.Mesh.DisposeAsync();

        await page.WaitForSelectorAsync("text=The Coordinator does not answer.");
        Assert.Contains("√ Verified.", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal(WatchPhase.Unreachable, mesh.Watch.View.Phase);
    }

    [Fact]
    public async Task OpenPage_WhenTheCoordinatorIsBack_IsLiveAgainAndShowsWhatWasMissed()
    {
        bool isAway = false;
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(
            wrap: client => AwayClient.Create(client, () => Volatile.Read(ref isAway)), isLive: true);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.EvaluateAsync("() => { window.isSamePage = true; }");

        Volatile.Write(ref isAway, true);
        await page.WaitForSelectorAsync("text=The Coordinator does not answer.");
        Assert.Contains("What follows is of", await page.InnerTextAsync(".banner.bad"), StringComparison.Ordinal);
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        Assert.DoesNotContain("‼ one is pending", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Volatile.Write(ref isAway, false);

        await page.WaitForSelectorAsync("main >> text=‼ one is pending");
        Assert.Equal(0, await page.Locator(".banner.bad").CountAsync());
        Assert.True(await page.EvaluateAsync<bool>("() => window.isSamePage === true"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenPage_WhenItsStreamWasCut_SaysSoAndIsLiveAgain(bool isChanged)
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(isLive: true);
        await using var connection = new CutConnection(() => mesh.Server.Port);
        IPage page = await browser.OpenAsync(proxy: connection.Address);
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.EvaluateAsync("() => { window.isSamePage = true; }");
        string shown = await page.InnerTextAsync("main");

        connection.Cut();
        await page.WaitForSelectorAsync("[role=status]:has-text('This page is not up to date')");
        Assert.Equal(shown, await page.InnerTextAsync("main"));
        if (isChanged)
        {
            await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        }

        connection.Repair();

        await page.WaitForSelectorAsync("[role=status]:has-text('As of')");
        if (isChanged)
        {
            await page.WaitForSelectorAsync("main >> text=‼ one is pending");
        }

        // It follows what comes later, too.
        await mesh.Mesh.ActivateAsync("worker", Cancellation);
        await page.WaitForFunctionAsync("() => document.body.dataset.version > 1");
        Assert.True(await page.EvaluateAsync<bool>("() => window.isSamePage === true"));
    }

    [Fact]
    public async Task Mesh_OfAThousandMarbles_IsDrawnInUnderASecond()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(wrap: client =>
            AnsweringClient.Create(client, () => AnsweringClient.CreateMarbles(1000, "frontend", "orders", "database")));
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}/mesh?type=frontend");

        double[] times = new double[5];
        for (int i = 0; i < times.Length; i++)
        {
            await page.ReloadAsync(new PageReloadOptions { WaitUntil = WaitUntilState.Load });
            times[i] = await page.EvaluateAsync<double>(
                "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))");
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"drawn after {string.Join(", ", times.Select(t => $"{t:f0} ms"))}");
        Assert.Contains("334 live Marbles", await page.TextContentAsync("svg"), StringComparison.Ordinal);
        Assert.Equal(100, await page.Locator("[aria-labelledby=marbles] tbody tr").CountAsync());
        Assert.Equal(4, await page.Locator(".parts a").CountAsync());
        Assert.True(times.Min() < 1000, $"The fastest of five took {times.Min():f0} ms.");
    }

    [Fact]
    public async Task Mesh_OfAThousandTypes_HasABoxForEachPackage()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(m =>
        {
            for (int i = 0; i < 1000; i++)
            {
                m["Marbles"]![$"service-{i:d4}"] = new JsonObject { ["Package"] = i % 2 == 0 ? "shop" : "store" };
            }
        });
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}/mesh");

        Assert.Equal(["shop", "store"], await page.Locator("svg .node-name").AllTextContentsAsync());
        Assert.Contains("503 Marble types", await page.TextContentAsync("svg"), StringComparison.Ordinal);
        Assert.Equal(1004, await page.Locator("[aria-labelledby=types] tbody tr").CountAsync());
    }
}
