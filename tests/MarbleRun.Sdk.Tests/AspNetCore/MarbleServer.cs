using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>A Marble's web application on ports that the system chose: "/" says who called, "/frontend" is for frontends only.</summary>
internal sealed class MarbleServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MarbleServer(WebApplication app, RecordingLogs logs)
    {
        _app = app;
        Logs = logs;
    }

    public RecordingLogs Logs { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>The HTTPS address, with <c>localhost</c> as host.</summary>
    public Uri Https => Find("https");

    public Uri Http => Find("http");

    public static async Task<MarbleServer> StartAsync(
        MarbleIdentity identity, TimeProvider clock, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null)
    {
        var logs = new RecordingLogs();
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton(clock);
        builder.Services.AddMarble(TestIdentities.Activate(identity));
        builder.WebHost.UseUrls("https://127.0.0.1:0", "http://127.0.0.1:0");
        configure?.Invoke(builder);

        WebApplication app = builder.Build();
        app.MapGet("/", (HttpContext context) => context.GetMarblePeer()?.ToString() ?? "none");
        app.MapGet("/frontend", (HttpContext context) => context.User.FindFirst("marblerun:type")!.Value).RequireMarble("frontend");
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new MarbleServer(app, logs);
    }

    /// <summary>A client that shows the identity's certificate and checks the server by its rules.</summary>
    public HttpClient CreateClient(MarbleIdentity identity, TimeProvider clock)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = MarbleTls.CreateClientOptions(
                identity, MarblePeerPolicy.AnyMarble, "localhost", clock, Logs.CreateLogger("client")),
        };
        return new HttpClient(handler) { BaseAddress = Https };
    }

    /// <summary>A client without a certificate, which takes any server.</summary>
    public HttpClient CreateOutsider()
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        };
        return new HttpClient(handler) { BaseAddress = Https };
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Logs.Dispose();
    }

    private Uri Find(string scheme)
    {
        Uri address = _app.Urls.Select(u => new Uri(u)).First(u => u.Scheme == scheme);
        return new UriBuilder(address) { Host = "localhost" }.Uri;
    }
}
