using MarbleRun.Activation;
using MarbleRun.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Answers probes, which bring no certificate, over plain HTTP at a port of its own: <c>/health/live</c> and <c>/health/ready</c>, and nothing of the app. It is a
/// server of its own, so that no endpoint of the app can be reached through it, and it is open before the activation, which may wait for long.
/// </summary>
internal sealed class HealthPort(IServiceProvider services, IOptions<MarbleOptions> options) : IHostedPart, IAsyncDisposable
{
    private WebApplication? _server;

    /// <summary>The address in use, once it listens.</summary>
    public Uri? Address => _server?.Urls is { Count: > 0 } urls ? new Uri(urls.First()) : null;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (HealthAddress.TryParse(options.Value.HealthAddress, out HealthAddress? address))
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore();
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = 0;
                kestrel.Limits.MaxConcurrentConnections = 64;
                kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
                kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
                if (address.Host is { } host)
                {
                    kestrel.Listen(host, address.Port);
                }
                else
                {
                    kestrel.ListenAnyIP(address.Port);
                }
            });
            _server = builder.Build();
            _server.Run(AnswerAsync);
            await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The last to close: a Marble that stops is still alive.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

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

    /// <summary>The Marble's own check, and those that the app has registered, if any.</summary>
    private async Task<(int Status, string Text)> AskAsync(CancellationToken cancellationToken)
    {
        HealthCheckResult own = await services.GetRequiredService<MarbleHealthCheck>()
            .CheckHealthAsync(new HealthCheckContext(), cancellationToken).ConfigureAwait(false);
        HealthStatus status = own.Status;
        string text = $"{own.Status}: {own.Description}\n";
        if (services.GetService<HealthCheckService>() is { } checks)
        {
            HealthReport report = await checks.CheckHealthAsync(cancellationToken).ConfigureAwait(false);
            status = (HealthStatus)Math.Min((int)status, (int)report.Status);

            // Descriptions of the app's own checks may hold what is for its operators alone.
            text += string.Concat(report.Entries.Select(e => $"{e.Value.Status}: {e.Key}\n"));
        }

        return (status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK, text);
    }
}
