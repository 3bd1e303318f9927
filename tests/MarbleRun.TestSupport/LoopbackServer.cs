using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace MarbleRun.TestSupport;

/// <summary>A web server over loopback that notes what it is asked, and can be made to misbehave.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _requests = [];

    private LoopbackServer(WebApplication app)
    {
        _app = app;
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Path and query of all requests so far.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Answers in place of the service if it returns true.</summary>
    public Func<HttpContext, Task<bool>>? Override { get; set; }

    public static async Task<LoopbackServer> StartAsync(Action<IEndpointRouteBuilder> map, X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        WebApplication app = builder.Build();
        var server = new LoopbackServer(app);
        app.Use(async (HttpContext context, RequestDelegate next) =>
        {
            server._requests.Enqueue($"{context.Request.Path}{context.Request.QueryString}");
            if (server.Override is null || !await server.Override(context))
            {
                await next(context);
            }
        });
        map(app);
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
