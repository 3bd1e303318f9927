using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.AspNetCore;

/// <summary>
/// The app's own routing, run by itself in front of the pipeline: it answers by which endpoint a request would be handled. No other matching of paths could agree with it in
/// each case of encoding, slashes, methods and hosts.
/// </summary>
internal sealed class EndpointSelection
{
    private readonly RequestDelegate? _routing;

    public EndpointSelection(IApplicationBuilder app)
    {
        // An app without routing has no endpoints.
        if (app.ApplicationServices.GetService<EndpointDataSource>() is not null)
        {
            IApplicationBuilder branch = app.New();
            branch.UseRouting();
            branch.Run(static context =>
            {
                context.Features.GetRequiredFeature<UnverifiedCall>().IsRouted = true;
                return Task.CompletedTask;
            });
            _routing = branch.Build();
        }
    }

    /// <summary>Sets the request's endpoint, if one matches. Routing that comes later leaves it as it is, whatever middleware does to the path.</summary>
    public Task SelectAsync(HttpContext context) => _routing?.Invoke(context) ?? Task.CompletedTask;
}
