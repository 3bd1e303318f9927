using System.Buffers;
using System.Net;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>An open catch-all opens what it answers itself, and not the middleware whose paths it covers.</summary>
public sealed class OpenEndpointPipelineTests : MarbleServerFixture
{
    [Theory]
    [InlineData("/branch", 1)]
    [InlineData("/branch", 2)]
    [InlineData("/started", 1)]
    [InlineData("/started", 2)]
    [InlineData("/unflushed", 1)]
    [InlineData("/unflushed", 2)]
    [InlineData("/length", 1)]
    [InlineData("/length", 2)]
    [InlineData("/header", 1)]
    [InlineData("/header", 2)]
    [InlineData("/caught", 1)]
    [InlineData("/caught", 2)]
    [InlineData("/sendfile", 1)]
    [InlineData("/sendfile", 2)]
    public async Task OpenFallback_BranchOfThePipelineAnswers_NothingOfItGoesOut(string path, int version)
    {
        await using MarbleServer server = await StartAsync(MapBranches);
        using HttpClient outsider = OutsiderClient.Create(server.Https, version);
        using HttpClient marble = server.CreateClient(TestIdentities.Create(Authority, "frontend"), Clock);

        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Token));

        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/other"));
        using HttpResponseMessage asMarble = await marble.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.OK, asMarble.StatusCode);
        Assert.True(asMarble.Headers.Contains("X-Secret"));
        Assert.Contains(server.Logs.Entries, e => e.Contains("CallerRefused", StringComparison.Ordinal)
            && e.Contains("the response does not come from an open endpoint", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenFallback_StaticFile_IsNotGivenToUnauthenticatedCallers(bool routingLater)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "secret.txt"), "secret", Token);
        using var files = new PhysicalFileProvider(folder.Path);
        await using MarbleServer server = await StartAsync(app =>
        {
            app.UseStaticFiles(new StaticFileOptions { FileProvider = files });
            if (routingLater)
            {
                app.UseRouting();
            }

            app.MapFallback("{**all}", () => "open").AllowAnyCaller();
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 2);

        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/secret.txt"));
    }

    [Fact]
    public async Task OpenEndpoint_StaticFileBeside_IsRefused()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "secret.txt"), "secret", Token);
        using var files = new PhysicalFileProvider(folder.Path);
        await using MarbleServer server = await StartAsync(app =>
        {
            app.UseStaticFiles(new StaticFileOptions { FileProvider = files });
            app.MapGet("/health", () => "open").AllowAnyCaller();
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 1);
        using HttpClient marble = server.CreateClient(TestIdentities.Create(Authority, "frontend"), Clock);

        Assert.Equal(HttpStatusCode.Forbidden, (await outsider.AskAsync("/secret.txt")).Status);
        Assert.Equal("secret", await marble.GetStringAsync("/secret.txt", Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenEndpoint_PathRewrittenByMiddleware_StaysTheEndpointThatWasJudged(bool routingLater)
    {
        await using MarbleServer server = await StartAsync(app =>
        {
            app.Use((context, next) =>
            {
                context.Request.Path = context.Request.Query["to"].ToString();
                context.Request.Method = "POST";
                return next(context);
            });
            if (routingLater)
            {
                app.UseRouting();
            }

            app.MapGet("/health", () => "open").AllowAnyCaller();
            app.MapPost("/closed", () => "secret");
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 1);

        Assert.Equal((HttpStatusCode.OK, "open"), await outsider.AskAsync("/health?to=/closed"));
        Assert.Equal(HttpStatusCode.Forbidden, (await outsider.AskAsync("/closed?to=/health")).Status);
    }

    [Theory]
    [InlineData("/error/{0}", HttpStatusCode.Forbidden)]
    [InlineData("/terminal", null)]
    [InlineData("/open-error", HttpStatusCode.NotFound)]
    public async Task OpenEndpoint_StatusPageIsExecutedAgain_IsGivenOnlyIfItIsOpen(string page, HttpStatusCode? expected)
    {
        await using MarbleServer server = await StartAsync(app =>
        {
            app.UseStatusCodePagesWithReExecute(page);
            app.UseRouting();
            app.MapGet("/missing", () => Results.NotFound()).AllowAnyCaller();
            app.MapGet("/error/{code}", (string code) => $"secret {code}");
            app.MapGet("/open-error", () => "open").AllowAnyCaller();
            app.Map("/terminal", branch => branch.Run(context => context.Response.WriteAsync("secret", Token)));
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 1);

        if (expected is null)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => outsider.AskAsync("/missing"));
            return;
        }

        (HttpStatusCode status, string text) = await outsider.AskAsync("/missing");

        Assert.Equal(expected, status);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Equal(expected == HttpStatusCode.NotFound, text == "open");
    }

    [Fact]
    public async Task OpenEndpoint_Throws_TheAppsExceptionHandlerAnswers()
    {
        await using MarbleServer server = await StartAsync(app =>
        {
            app.UseExceptionHandler(handler => handler.Run(context => context.Response.WriteAsync("sorry", Token)));
            app.MapGet("/fails", Fail).AllowAnyCaller();
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 2);

        Assert.Equal((HttpStatusCode.InternalServerError, "sorry"), await outsider.AskAsync("/fails"));

        static string Fail() => throw new InvalidOperationException("It fails.");
    }

    [Fact]
    public async Task OpenEndpoint_ExceptionPageIsAClosedEndpoint_IsRefused()
    {
        await using MarbleServer server = await StartAsync(app =>
        {
            app.UseExceptionHandler("/oops");
            app.MapGet("/fails", Fail).AllowAnyCaller();
            app.MapGet("/oops", () => "secret");
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 1);

        (HttpStatusCode status, string text) = await outsider.AskAsync("/fails");

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);

        static string Fail() => throw new InvalidOperationException("It fails.");
    }

    [Fact]
    public async Task OpenEndpoint_MiddlewareRefusesOrRedirects_ItsAnswerCounts()
    {
        await using MarbleServer server = await StartAsync(app =>
        {
            app.Use((HttpContext context, RequestDelegate _) =>
            {
                context.Response.StatusCode = int.Parse(
                    context.Request.Query["status"].ToString(), System.Globalization.CultureInfo.InvariantCulture);
                return Task.CompletedTask;
            });
            app.MapGet("/health", () => "open").AllowAnyCaller();
        });
        using HttpClient outsider = OutsiderClient.Create(server.Https, 1);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await outsider.AskAsync("/health?status=429")).Status);
        Assert.Equal(HttpStatusCode.Found, (await outsider.AskAsync("/health?status=302")).Status);
        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.AskAsync("/health?status=200"));
    }

    [Fact]
    public async Task OpenEndpoint_UpgradeByMiddleware_IsNotMade()
    {
        await using MarbleServer server = await StartAsync(app =>
        {
            app.UseWebSockets();
            app.Map("/socket", branch => branch.Run(async context =>
            {
                using System.Net.WebSockets.WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync("secret"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, Token);
            }));
            app.MapFallback("{**all}", () => "open").AllowAnyCaller();
        });
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;

        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(
            () => socket.ConnectAsync(new UriBuilder(server.Https) { Scheme = "wss", Path = "/socket" }.Uri, Token));
    }

    private static void MapBranches(WebApplication app)
    {
        app.Use((context, next) =>
        {
            context.Response.Headers["X-Secret"] = context.Request.Path == "/other" ? default : "secret";
            return next(context);
        });
        Branch("/branch", context => context.Response.WriteAsync("secret", Token));
        Branch("/started", async context =>
        {
            await context.Response.StartAsync(Token);
            await context.Response.WriteAsync("secret", Token);
        });
        Branch("/unflushed", context =>
        {
            context.Response.BodyWriter.Write("secret"u8);
            return Task.CompletedTask;
        });
        Branch("/length", context =>
        {
            context.Response.ContentLength = 6;
            context.Response.BodyWriter.Write("secret"u8);
            return Task.CompletedTask;
        });
        Branch("/header", _ => Task.CompletedTask);
        Branch("/caught", async context =>
        {
            for (int i = 0; i < 3; i++)
            {
                try
                {
                    await context.Response.WriteAsync("secret", Token);
                }
                catch (Exception) when (i < 2)
                {
                    context.Response.BodyWriter.Write("secret"u8);
                }
            }
        });
        Branch("/sendfile", context => context.Response.SendFileAsync(Environment.ProcessPath!, 0, 16, Token));
        app.MapFallback("{**all}", () => "open").AllowAnyCaller();

        void Branch(string path, RequestDelegate answer) => app.Map(path, branch => branch.Run(answer));
    }
}
