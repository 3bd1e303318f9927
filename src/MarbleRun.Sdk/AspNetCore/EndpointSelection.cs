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
    private const string RouteBuilder = "__EndpointRouteBuilder";
    private const string GlobalRouteBuilder = "__GlobalEndpointRouteBuilder";

    private readonly RequestDelegate? _routing;

    public EndpointSelection(IApplicationBuilder app)
    {
        // An app without routing has no endpoints.
        if (app.ApplicationServices.GetService<EndpointDataSource>() is { } endpoints)
        {
            IApplicationBuilder branch = app.New();
            branch.Properties.Remove(GlobalRouteBuilder);
            branch.UseRouting();

            // Routing looks at its own builder's endpoints: these are all of the app. Without them nothing matches, and all stays closed.
            (branch.Properties[RouteBuilder] as IEndpointRouteBuilder)?.DataSources.Add(endpoints);
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
