
namespace MarbleRun.Coordinator.Monitoring;

/// <summary>The metrics port.</summary>
internal static class MonitoringRegistration
{
    public static IServiceCollection AddMonitoring(this IServiceCollection services)
    {
        services.AddSingleton<StateGauges>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<PrometheusExport>();
        services.AddSingleton<MonitoringPort>();
        return services;
    }
}
