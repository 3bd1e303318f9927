namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>The metrics and their export.</summary>
internal static class DiagnosticsRegistration
{
    public static IServiceCollection AddDiagnostics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<IPresetMetrics, VersionMetric>();
        services.AddSingleton<PrometheusExport>();
        return services;
    }
}
