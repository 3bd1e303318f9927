using System.Net;
using MarbleRun.Cli.Dashboard.Watching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>The web server: at the loopback address alone, at a port that the system chooses.</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private const int MaxConnections = 64;
    private const int MaxBody = 64 * 1024;
    private const int MaxHeaders = 16 * 1024;

    private readonly WebApplication _app;

    private DashboardServer(WebApplication app, Session session, int port)
    {
        _app = app;
        Port = port;
        Link = new Uri($"http://127.0.0.1:{port}/?token={session.Token}");
    }

    public int Port { get; }

    /// <summary>What the user opens; it can be used once.</summary>
    public Uri Link { get; }

    /// <summary>Starts it.</summary>
    /// <param name="watch">Has started.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<DashboardServer> StartAsync(CoordinatorWatch watch, TimeProvider clock, CancellationToken cancellationToken)
    {
        var session = new Session();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.Limits.MaxRequestBodySize = MaxBody;
            options.Limits.MaxRequestHeadersTotalSize = MaxHeaders;
            options.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        WebApplication app = builder.Build();
        var pages = new DashboardPages(watch, clock);
        var actions = new DashboardActions(watch, session, pages);
        var events = new EventStream(watch, clock);
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        RequestGuard? guard = null;
        app.Run(http => AnswerAsync(http, guard!, pages, actions, events, stopping));
        await app.StartAsync(cancellationToken);
        IFeatureCollection features = app.Services.GetRequiredService<IServer>().Features;
        int port = new Uri(features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;
        guard = new RequestGuard(session, port);
        return new DashboardServer(app, session, port);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task AnswerAsync(
        HttpContext http,
        RequestGuard guard,
        DashboardPages pages,
        DashboardActions actions,
        EventStream events,
        CancellationToken stopping)
    {
        SafeHeaders.Set(http.Response);
        if (guard.TryLogIn(http.Request))
        {
            http.Response.Headers.SetCookie = guard.CreateCookie().ToString();
            http.Response.Redirect(guard.Start);
        }
        else if (guard.Refuse(http.Request) is { } refusal)
        {
            http.Response.StatusCode = refusal.Status;
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync(refusal.Reason + "\n", http.RequestAborted);
        }
        else if (HttpMethods.IsPost(http.Request.Method))
        {
            await actions.AnswerAsync(http);
        }
        else if (http.Request.Path == "/events")
        {
            await events.AnswerAsync(http, stopping);
        }
        else if (!await AssetFiles.TryAnswerAsync(http))
        {
            await pages.AnswerAsync(http);
        }
    }
}
