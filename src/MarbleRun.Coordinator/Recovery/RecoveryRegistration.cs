using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The recovery of sealed state.</summary>
internal static class RecoveryRegistration
{
    public static IServiceCollection AddRecovery(this IServiceCollection services)
    {
        services.AddSingleton<RecoveryMetrics>();
        services.AddSingleton<RecoveryNeed>();
        services.AddSingleton<RecoveryService>();
        services.AddSingleton<IApiEndpoints, RecoveryEndpoints>();
        return services;
    }
}
