using System.Net;
using System.Text;

namespace MarbleRun.Dashboard.Tests;

/// <summary>Requests of other pages and programs: another name, another origin, no cookie, a token that was used.</summary>
public sealed class GuardTests(Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "G6")]
    public async Task Token_IsExchangedOnce()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        using HttpClient client = CreateClient();

        using HttpResponseMessage wrong = await client.GetAsync(
            new Uri($"http://127.0.0.1:{mesh.Server.Port}/?token={new string('0', 64)}"), Cancellation);
        using HttpResponseMessage first = await client.GetAsync(mesh.Server.Link, Cancellation);
        using HttpResponseMessage second = await client.GetAsync(mesh.Server.Link, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        string cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.Matches(
            $"^marblerun-dashboard-{mesh.Server.Port}-[0-9a-f]{{16}}=[0-9a-f]{{64}}; path=/; samesite=strict; httponly$", cookie);
        Assert.Matches("^/#form=[0-9a-f]{64}$", Assert.Single(first.Headers.GetValues("Location")));
        Assert.DoesNotContain(mesh.Server.Link.Query["?token=".Length..], cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.Contains("It can be used once", await second.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "G6")]
    [InlineData("/")]
    [InlineData("/mesh")]
    [InlineData("/events")]
    [InlineData("/audit/trail.jsonl")]
    [InlineData("/assets/dashboard.css")]
    [InlineData("/nothing")]
    public async Task Request_WithoutTheCookie_GetsNothing(string path)
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        using HttpClient client = CreateClient();

        using HttpResponseMessage none = await client.GetAsync(Url(mesh, path), Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, Url(mesh, path));
        request.Headers.Add("Cookie", $"marblerun-dashboard-{mesh.Server.Port}={new string('0', 64)}");
        using HttpResponseMessage wrong = await client.SendAsync(request, Cancellation);

        foreach (HttpResponseMessage answer in new[] { none, wrong })
        {
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.DoesNotContain(mesh.Address, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    [Theory]
    [Trait("Security", "G6")]
    [InlineData("Host", "attacker.example", 421)]
    [InlineData("Host", "attacker.example:{port}", 421)]
    [InlineData("Host", "localhost:{port}", 421)]
    [InlineData("Host", "127.0.0.1", 421)]
    [InlineData("Origin", "http://attacker.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "http://127.0.0.1:1", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("X-Nothing", "1", 200)]
    public async Task Request_OfAnotherPageWithTheCookie_IsRefused(string header, string value, int status)
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        using HttpClient client = CreateClient();
        string cookie = await LogInAsync(mesh, client);
        using var request = new HttpRequestMessage(HttpMethod.Get, Url(mesh, "/mesh"));
        request.Headers.Add("Cookie", cookie);
        request.Headers.TryAddWithoutValidation(header, value.Replace("{port}", $"{mesh.Server.Port}", StringComparison.Ordinal));

        using HttpResponseMessage answer = await client.SendAsync(request, Cancellation);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [Trait("Security", "G6")]
    [InlineData(null, "right", HttpStatusCode.Forbidden)]
    [InlineData("http://attacker.example", "right", HttpStatusCode.Forbidden)]
    [InlineData("own", "wrong", HttpStatusCode.Forbidden)]
    [InlineData("own", null, HttpStatusCode.Forbidden)]
    [InlineData("own", "right", HttpStatusCode.OK)]
    public async Task Post_WithoutOriginOrFormToken_ChangesNothing(string? origin, string? token, HttpStatusCode status)
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        await mesh.Watch.RefreshAsync(Cancellation);
        using HttpClient client = CreateClient();
        using HttpResponseMessage logIn = await client.GetAsync(mesh.Server.Link, Cancellation);
        string cookie = logIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        string form = logIn.Headers.GetValues("Location").Single()["/#form=".Length..];
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(mesh, "/update/cancel"));
        request.Headers.Add("Cookie", cookie);
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin == "own" ? $"http://127.0.0.1:{mesh.Server.Port}" : origin);
        }

        request.Content = new FormUrlEncodedContent(
        [
            KeyValuePair.Create("form", token switch { null => string.Empty, "right" => form, _ => new string('0', 64) }),
            KeyValuePair.Create("fingerprint", mesh.Watch.View.Pending!.Fingerprint),
        ]);

        using HttpResponseMessage answer = await client.SendAsync(request, Cancellation);

        Assert.Equal(status, answer.StatusCode);
        await mesh.Watch.RefreshAsync(Cancellation);
        Assert.Equal(status == HttpStatusCode.OK, mesh.Watch.View.Pending is null);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Answers_HaveTheHeadersThatKeepOthersOut()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        using HttpClient client = CreateClient();
        string cookie = await LogInAsync(mesh, client);
        foreach (string path in new[] { "/", "/assets/dashboard.js", "/nothing", "/audit/head.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Url(mesh, path));
            request.Headers.Add("Cookie", cookie);
            using HttpResponseMessage answer = await client.SendAsync(request, Cancellation);

            string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.True(answer.Headers.CacheControl!.NoStore);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task OtherPage_InTheSameBrowser_ReadsAndChangesNothing()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        await mesh.Watch.RefreshAsync(Cancellation);
        Microsoft.Playwright.IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        string target = $"http://127.0.0.1:{mesh.Server.Port}";
        string html = $"""
            <iframe src="{target}/mesh"></iframe><img src="{target}/assets/icon.svg"><script src="{target}/assets/dashboard.js"></script>
            <form method="post" action="{target}/update/cancel"><input name="form" value="x"><button>go</button></form>
            """;
        await page.RouteAsync("http://attacker.example/**", route => route.FulfillAsync(new()
        {
            ContentType = "text/html",
            BodyBytes = Encoding.UTF8.GetBytes(html),
        }));
        await page.GotoAsync("http://attacker.example/");

        string read = await page.EvaluateAsync<string>($$"""
            async () => {
              try { return await (await fetch("{{target}}/mesh", { credentials: "include" })).text(); }
              catch (error) { return "refused"; }
            }
            """);
        Microsoft.Playwright.IResponse? posted = null;
        page.Response += (_, response) => posted = response.Request.Method == "POST" ? response : posted;
        await page.ClickAsync("button");
        await page.WaitForLoadStateAsync();

        Assert.Equal("refused", read);
        Assert.Equal(403, posted!.Status);
        await mesh.Watch.RefreshAsync(Cancellation);
        Assert.NotNull(mesh.Watch.View.Pending);
    }

    /// <summary>Cookies of 127.0.0.1 go to all ports of it: another user's server may get ours, and answer itself with ours.</summary>
    [Fact]
    [Trait("Security", "G6")]
    public async Task ServerOfAnotherPort_WithTheCookie_ChangesNothing()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        await mesh.Watch.RefreshAsync(Cancellation);
        await using var other = new OtherServer();
        Microsoft.Playwright.IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync($"http://127.0.0.1:{other.Port}/");
        string cookie = CookieAt(other, mesh);
        using HttpClient client = CreateClient();

        // It reads all pages, and sends what it found there, with the headers of a browser.
        string pages = string.Empty;
        foreach (string path in new[] { "/", "/update", "/update/cancel", "/update/approve", "/revoke", "/assets/forms.js" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Url(mesh, path));
            request.Headers.Add("Cookie", cookie);
            using HttpResponseMessage answer = await client.SendAsync(request, Cancellation);
            pages += await answer.Content.ReadAsStringAsync(Cancellation);
        }

        string[] tokens = [.. System.Text.RegularExpressions.Regex.Matches(pages, "[0-9a-f]{64}").Select(m => m.Value).Distinct()];
        foreach (string token in (string[])[string.Empty, cookie.Split('=')[1], .. tokens])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Url(mesh, "/update/cancel"));
            request.Headers.Add("Cookie", cookie);
            request.Headers.Add("Origin", $"http://127.0.0.1:{mesh.Server.Port}");
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
            request.Content = new FormUrlEncodedContent(
            [
                KeyValuePair.Create("form", token), KeyValuePair.Create("fingerprint", mesh.Watch.View.Pending!.Fingerprint),
            ]);
            using HttpResponseMessage answer = await client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Assert.True(tokens.Length > 3);
        await mesh.Watch.RefreshAsync(Cancellation);
        Assert.NotNull(mesh.Watch.View.Pending);

        // The tab of the link still can.
        await page.GotoAsync(Url(mesh, "/update/cancel").ToString());
        await page.ClickAsync("button");
        Assert.Contains("The update is cancelled.", await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task ServerOfAnotherPort_ThatSetsTheCookie_OpensNoSession()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await using var other = new OtherServer();
        Microsoft.Playwright.IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        await page.GotoAsync($"http://127.0.0.1:{other.Port}/");
        string name = CookieAt(other, mesh).Split('=')[0];
        string known = new('7', 64);
        other.SetCookie = $"{name}={known}; path=/";
        await page.GotoAsync($"http://127.0.0.1:{other.Port}/");

        // Neither the browser nor who knows the value gets anything: the user is locked out, and the value is worth nothing.
        Microsoft.Playwright.IResponse? answer = await page.GotoAsync(Url(mesh, "/mesh").ToString());
        using HttpClient client = CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, Url(mesh, "/mesh"));
        request.Headers.Add("Cookie", $"{name}={known}");
        using HttpResponseMessage replayed = await client.SendAsync(request, Cancellation);

        Assert.Equal(403, answer!.Status);
        Assert.Equal(HttpStatusCode.Forbidden, replayed.StatusCode);
    }

    [Fact]
    public async Task AnotherTab_OfTheSameBrowser_ReadsAndSaysWhereToAct()
    {
        await using DashboardMesh mesh = await DashboardMesh.StartAsync();
        await mesh.ProposeAsync(m => m["Marbles"]!["database"]!["MaxActivations"] = 7);
        await mesh.Watch.RefreshAsync(Cancellation);
        Microsoft.Playwright.IPage page = await browser.OpenAsync();
        await page.GotoAsync(mesh.Server.Link.ToString());
        Microsoft.Playwright.IPage tab = await page.Context.NewPageAsync();

        await tab.GotoAsync(Url(mesh, "/update/cancel").ToString());
        await tab.ClickAsync("button");

        Assert.Contains("Act in the tab in which you opened the link", await tab.InnerTextAsync("main"), StringComparison.Ordinal);
        await mesh.Watch.RefreshAsync(Cancellation);
        Assert.NotNull(mesh.Watch.View.Pending);
    }

    private static Uri Url(DashboardMesh mesh, string path) => new($"http://127.0.0.1:{mesh.Server.Port}{path}");

    /// <summary>The dashboard's cookie, as the browser sent it to another server; it may have asked more than once.</summary>
    private static string CookieAt(OtherServer other, DashboardMesh mesh) => Assert.Single(
        other.Cookies.SelectMany(line => line.Split("; ")).Distinct(),
        c => c.StartsWith($"marblerun-dashboard-{mesh.Server.Port}-", StringComparison.Ordinal));

    private static HttpClient CreateClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    private static async Task<string> LogInAsync(DashboardMesh mesh, HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync(mesh.Server.Link, Cancellation);
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }
}
