using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Runs the app's own routing in front of the pipeline to determine which endpoint would handle a request. A separate path matcher could
/// not agree with it in every case of encoding, slashes, methods and hosts.
/// </summary>
internal sealed class EndpointSelection
{
    private readonly RequestDelegate? _routing;

    public EndpointSelection(IApplicationBuilder app)
    {
        // An app without routing has no endpoints.
        if (app.ApplicationServices.GetService<EndpointDataSource>() is { } endpoints)
        {
            var branch = new ApplicationBuilder(new OwnRouteOptions(app.ApplicationServices));
            branch.UseRouting();
            branch.Run(static context =>
            {
                context.Features.GetRequiredFeature<UnverifiedCall>().IsRouted = true;
                return Task.CompletedTask;
            });

            // Routing uses the endpoints that are mapped in its own pipeline: here, all endpoints of the app. The endpoint middleware
            // itself never runs.
            branch.UseEndpoints(mapped => mapped.DataSources.Add(endpoints));
            _routing = branch.Build();
        }
    }

    /// <summary>
    /// Sets the request's endpoint, if one matches. Routing that runs later does not replace it, even if middleware changes the path.
    /// </summary>
    public Task SelectAsync(HttpContext context) => _routing?.Invoke(context) ?? Task.CompletedTask;

    /// <summary>
    /// The app's services except for the routing options, which also list mapped endpoints: the list of all the app's endpoints must not
    /// become part of itself.
    /// </summary>
    private sealed class OwnRouteOptions : IServiceProvider
    {
        private readonly IServiceProvider _services;
        private readonly IOptions<RouteOptions> _options;

        public OwnRouteOptions(IServiceProvider services)
        {
            _services = services;
            using ServiceProvider routing = new ServiceCollection().AddRouting().BuildServiceProvider();
            _options = routing.GetRequiredService<IOptions<RouteOptions>>();
            _options.Value.SuppressCheckForUnhandledSecurityMetadata =
                services.GetRequiredService<IOptions<RouteOptions>>().Value.SuppressCheckForUnhandledSecurityMetadata;
        }

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IOptions<RouteOptions>) ? _options : _services.GetService(serviceType);
    }
}
