using System.Net;
using MarbleRun.Activation;
using MarbleRun.AspNetCore.Limits;
using MarbleRun.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Answers probes, which have no certificate, over plain HTTP at a separate port: <c>/health/live</c> and <c>/health/ready</c>, and nothing
/// of the app. It is a separate server, so that no endpoint of the app can be reached through it. It is open before the activation, which
/// may wait for long.
/// </summary>
internal sealed class HealthPort : IHostedPart, IAsyncDisposable
{
    internal const int MostOfAnAddress = 16;
    private const int MostConnections = 256;

    private static readonly TimeSpan s_shared = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    private readonly IServiceProvider _services;
    private readonly IOptions<MarbleOptions> _options;
    private readonly CallerBook _callers;
    private readonly SharedCheck<(int Status, string Text)> _readiness;
    private WebApplication? _server;

    public HealthPort(IServiceProvider services, IOptions<MarbleOptions> options, TimeProvider timeProvider)
    {
        _services = services;
        _options = options;
        _callers = new CallerBook(new ConnectionLimits { MaxConnectionsPerAddress = MostOfAnAddress }, timeProvider);
        _readiness = new SharedCheck<(int Status, string Text)>(CheckAsync, s_shared, s_longest, timeProvider);
    }

    /// <summary>The address in use, once it listens.</summary>
    public Uri? Address => _server?.Urls is { Count: > 0 } urls ? new Uri(urls.First()) : null;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (HealthAddress.TryParse(_options.Value.HealthAddress, out HealthAddress? address))
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore();
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = 0;
                kestrel.Limits.MaxConcurrentConnections = MostConnections;
                kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
                kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
                if (address.Host is { } host)
                {
                    kestrel.Listen(host, address.Port, Guard);
                }
                else
                {
                    kestrel.ListenAnyIP(address.Port, Guard);
                }
            });
            _server = builder.Build();
            _server.Run(AnswerAsync);
            await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes last: a Marble that is stopping is still alive.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>One address must not take the connections of the others' probes.</summary>
    private void Guard(ListenOptions listen) => listen.Use(next => async connection =>
    {
        if (_callers.Enter(ConnectionLimits.CountedAddress((connection.RemoteEndPoint as IPEndPoint)?.Address)) is not { } caller)
        {
            connection.Abort(new ConnectionAbortedException("The address has too many connections."));
            return;
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            _callers.Leave(caller);
        }
    });

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/plain; charset=utf-8";
        (int status, string text) = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)
            ? (StatusCodes.Status405MethodNotAllowed, "Probes read.\n")
            : context.Request.Path.Value switch
            {
                "/health/live" => (StatusCodes.Status200OK, "This process answers.\n"),
                "/health/ready" => await AskAsync(context.RequestAborted).ConfigureAwait(false),
                _ => (StatusCodes.Status404NotFound, "There are /health/live and /health/ready.\n"),
            };
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task<(int Status, string Text)> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _readiness.AskAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return (
                StatusCodes.Status503ServiceUnavailable,
                $"Unhealthy: The checks of this Marble did not answer within {s_longest.TotalSeconds:0} seconds.\n");
        }
    }

    /// <summary>Runs the Marble's own check, and the checks that the app has registered, if any.</summary>
    private async Task<(int Status, string Text)> CheckAsync(CancellationToken cancellationToken)
    {
        HealthCheckResult own = await _services.GetRequiredService<MarbleHealthCheck>()
            .CheckHealthAsync(new HealthCheckContext(), cancellationToken).ConfigureAwait(false);
        HealthStatus status = own.Status;
        string text = $"{own.Status}: {own.Description}\n";
        if (_services.GetService<HealthCheckService>() is { } checks)
        {
            HealthReport report = await checks.CheckHealthAsync(cancellationToken).ConfigureAwait(false);
            status = (HealthStatus)Math.Min((int)status, (int)report.Status);

            // Descriptions of the app's own checks may contain information for its operators only.
            text += string.Concat(report.Entries.Select(e => $"{e.Value.Status}: {e.Key}\n"));
        }

        return (status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK, text);
    }
}
