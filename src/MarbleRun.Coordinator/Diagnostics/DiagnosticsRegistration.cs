
namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Metrics and events.</summary>
internal static class DiagnosticsRegistration
{
    public static IServiceCollection AddDiagnostics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<CoordinatorMetrics>();
        services.AddSingleton<ApiMetrics>();
        services.AddSingleton<GrpcMetrics>();
        services.AddSingleton<ActivationEventLog>();
        services.AddSingleton<ActivationTelemetry>();
        return services;
    }
}
