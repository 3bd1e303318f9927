using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Http.Limits;

namespace MarbleRun.Coordinator.Http;

/// <summary>The client port, and the limits of requests.</summary>
internal static class HttpRegistration
{
    public static IServiceCollection AddClientApi(this IServiceCollection services)
    {
        services.AddSingleton<IApiEndpoints, StatusEndpoints>();
        services.AddSingleton<IApiEndpoints, OpenApiEndpoint>();
        services.AddSingleton<RequestBudget>();
        services.AddSingleton<BodyReader>();
        services.AddSingleton<MeshMessages>();
        services.AddSingleton<PacedAnswers>();
        services.AddSingleton<RequestBody>();
        services.AddSingleton<ApiMetrics>();
        services.AddSingleton<ApiObserver>();
        services.AddSingleton<ClientApi>();
        services.AddSingleton<IPresetMetrics>(sp => sp.GetRequiredService<ClientApi>());
        return services;
    }
}
