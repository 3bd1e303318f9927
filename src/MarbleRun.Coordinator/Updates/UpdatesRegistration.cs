using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.Updates;

/// <summary>Updates of the manifest in force.</summary>
internal static class UpdatesRegistration
{
    public static IServiceCollection AddUpdates(this IServiceCollection services)
    {
        services.AddSingleton<UpdateService>();
        services.AddSingleton<IApiEndpoints, UpdateEndpoints>();
        return services;
    }
}
