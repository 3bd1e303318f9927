using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>The manifest and its owners' signatures.</summary>
internal static class ManifestsRegistration
{
    public static IServiceCollection AddManifests(this IServiceCollection services)
    {
        services.AddSingleton<Bootstrap>();
        services.AddSingleton<ManifestReading>();
        services.AddSingleton<ManifestPreparation>();
        services.AddSingleton<ManifestService>();
        services.AddSingleton<IApiEndpoints, ManifestEndpoints>();
        services.AddSingleton<SignatureService>();
        services.AddSingleton<IApiEndpoints, SignatureEndpoints>();
        services.AddSingleton<StartupUpdate>();
        services.AddSingleton<StartupManifest>();
        return services;
    }
}
