using System.Text.Json.Nodes;
using MarbleRun.Management;
using Microsoft.Playwright;

namespace MarbleRun.Dashboard.Tests;

/// <summary>What a user does in the dashboard, with the keyboard alone.</summary>
public sealed class ActionTests(Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Approve_ByKeyboard_PutsTheUpdateInForce()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m => m["Marbles"]!["cache"] = new JsonObject { ["Package"] = "store" });
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());

        await TabToAsync(page, "Update");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("h1:has-text('Update')");
        await TabToAsync(page, "Approve…");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("h1:has-text('Approve the update?')");
        Assert.Contains("cache", await page.InnerTextAsync(".diff"), StringComparison.Ordinal);
        await TabToAsync(page, "Approve this update");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("h1:has-text('Approved')");

        Assert.Contains("it is in force", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.True(mesh.Watch.View.Mesh!.Manifest.Marbles.ContainsKey("cache"));
    }

    [Fact]
    public async Task Approve_AfterAnotherUpdateCame_IsNotDone()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync(Url(mesh, "/update/approve"));
        using CoordinatorClient bob = mesh.Mesh.CreateCoordinatorClient(mesh.Bob);
        await bob.CancelUpdateAsync(Cancellation);
        await mesh.ProposeAsync(m => m["Marbles"]!["intruder"] = new JsonObject { ["Package"] = "store" });
        await mesh.Watch.RefreshAsync(Cancellation);

        await page.ClickAsync("button");

        Assert.Contains("not the one that you confirmed", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal(["alice"], (await bob.GetPendingUpdateAsync(Cancellation))!.MissingUsers);
    }

    [Fact]
    public async Task Cancel_OfThePendingUpdate_DropsIt()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync(Url(mesh, "/update"));

        await page.ClickAsync("text=Cancel the update…");
        await page.ClickAsync("text=Cancel this update");

        Assert.Contains("The update is cancelled.", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Null(mesh.Watch.View.Pending);
    }

    [Fact]
    public async Task Revoke_OfAMarble_AsksForTheReasonAndShowsTheResult()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.Mesh.ActivateAsync("worker", Cancellation);
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync(Url(mesh, "/mesh?type=worker"));

        await page.ClickAsync("[aria-labelledby=marbles] a");
        string id = mesh.Watch.View.Marbles.ByType["worker"][0].Id.ToString();
        Assert.Equal(id, await page.InputValueAsync("#subject"));
        await page.FillAsync("#reason", "the disk was stolen");
        await page.ClickAsync("button");

        Assert.Contains("1 is in force. It names 1 known certificate.", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.GotoAsync(Url(mesh, "/mesh"));
        string revocations = await page.InnerTextAsync("[aria-labelledby=revocations]");
        Assert.Contains($"1\tUuid {id}\tthe disk was stolen\tin force", revocations, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lift_OfARevocation_AsksAndLetsTheMarbleInAgain()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        using CoordinatorClient alice = mesh.Mesh.CreateCoordinatorClient(mesh.Alice);
        await alice.RevokeAsync(Management.Revocations.RevocationSubjectKind.MarbleType, "worker", "a test of <b>", Cancellation);
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync(Url(mesh, "/mesh"));

        await page.Locator("[aria-labelledby=revocations] a").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("h1:has-text('Lift the revocation?')");
        string question = await page.InnerTextAsync("main");
        Assert.Contains("MarbleType worker", question, StringComparison.Ordinal);
        Assert.Contains("a test of <b>", question, StringComparison.Ordinal);
        await TabToAsync(page, "Lift this revocation");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("h1:has-text('Lifted')");

        Assert.Empty(await alice.GetRevocationsAsync(Cancellation));
        await mesh.Mesh.ActivateAsync("worker", Cancellation);
    }

    [Fact]
    public async Task Lift_OfARevocationThatIsGone_IsNotDone()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        using CoordinatorClient alice = mesh.Mesh.CreateCoordinatorClient(mesh.Alice);
        await alice.RevokeAsync(Management.Revocations.RevocationSubjectKind.MarbleType, "worker", "first", Cancellation);
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync(Url(mesh, "/lift?number=1"));
        await alice.LiftRevocationAsync(1, Cancellation);
        await mesh.Watch.RefreshAsync(Cancellation);

        await page.ClickAsync("button");

        Assert.Contains("not the one that you confirmed", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal(404, (await page.GotoAsync(Url(mesh, "/lift?number=1")))!.Status);
    }

    private static string Url(DashboardMesh mesh, string path) => $"http://127.0.0.1:{mesh.Server.Port}{path}";

    /// <summary>Presses Tab until the element with the text has the focus, which must be visible.</summary>
    private static async Task TabToAsync(IPage page, string text)
    {
        for (int i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            string focused = await page.EvaluateAsync<string>("() => document.activeElement.textContent.trim()");
            if (focused == text)
            {
                string outline = await page.EvaluateAsync<string>("() => getComputedStyle(document.activeElement).outlineStyle");
                Assert.NotEqual("none", outline);
                return;
            }
        }

        Assert.Fail($"The keyboard does not reach '{text}'.");
    }
}
