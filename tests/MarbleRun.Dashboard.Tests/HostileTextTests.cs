using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace MarbleRun.Dashboard.Tests;

/// <summary>
/// Names in a manifest that are markup, terminal escapes or change the direction of text: they are shown, and do nothing.
/// </summary>
public sealed class HostileTextTests(Browser browser)
{
    private const string Script = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
    private const string Quotes = "\"><svg onload=alert(1)> ' & </title></svg>";
    private const string Terminal = "\u001b[2Jgone\u001b]0;title\u0007";
    private const string Direction = "exe\u202egpj.\u2066x\u2069\u200f";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "G6")]
    public async Task HostileNames_OnAllPages_AreText()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync(m => Add(m, Script, Quotes, Terminal, Direction));
        await mesh.ProposeAsync(m =>
        {
            Add(m, Script, Quotes, Terminal, Direction);
            m["Marbles"]![$"new {Script}{Terminal}{Direction}"] = new JsonObject { ["Package"] = Script };
        });
        await mesh.Watch.RefreshAsync(Cancellation);
        IPage page = await browser.OpenAsync();
        var dialogs = new List<string>();
        var violations = new List<string>();
        page.Dialog += (_, dialog) => dialogs.Add(dialog.Message);
        page.Console += (_, message) => violations.Add(message.Text);
        await page.GotoAsync(mesh.Server.Link.ToString());

        foreach (string path in new[]
        {
            "/", "/mesh", $"/mesh?type={Uri.EscapeDataString(Script)}", "/certificates", "/update", "/update/approve", "/audit",
            $"/revoke?subject={Uri.EscapeDataString(Script + Quotes)}",
        })
        {
            await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}{path}");
            string html = await page.ContentAsync();
            Assert.NotEqual("owned", await page.TitleAsync());
            Assert.Equal(0, await page.Locator("img, script:not([src^='/assets/']), script:not(:empty), [onload], [onerror]").CountAsync());
            Assert.DoesNotContain('\u001b', html);
            Assert.DoesNotContain('\u202e', html);
            Assert.DoesNotContain('\u2066', html);
            Assert.DoesNotContain('\u200f', html);
        }

        await page.GotoAsync($"http://127.0.0.1:{mesh.Server.Port}/mesh");
        string types = await page.InnerTextAsync("[aria-labelledby=types]");
        Assert.Contains(Script, types, StringComparison.Ordinal);
        Assert.Contains("\\u{1B}[2Jgone", types, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("exe\\u{202E}gpj.", types, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(dialogs);
        Assert.Empty(violations);
    }

    private static void Add(JsonObject manifest, params string[] names)
    {
        foreach (string name in names)
        {
            manifest["Packages"]![name] = new JsonObject { ["UniqueID"] = new string('c', 64) };
            manifest["Marbles"]![name] = new JsonObject { ["Package"] = name, ["TLS"] = new JsonArray(name) };
            manifest["TLS"]![name] = new JsonObject
            {
                ["Outgoing"] = new JsonArray(new JsonObject { ["Addr"] = "orders", ["Port"] = "9000" }),
            };
        }
    }
}
