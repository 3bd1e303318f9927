using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Activation;

/// <summary>The activation of Marbles.</summary>
internal static class ActivationRegistration
{
    public static IServiceCollection AddActivation(this IServiceCollection services)
    {
        services.AddSingleton<ActivationMetrics>();
        services.AddSingleton<ActivationEventLog>();
        services.AddSingleton<ActivationTelemetry>();
        services.AddSingleton<GrpcMetrics>();
        services.AddSingleton<IPresetMetrics>(sp => sp.GetRequiredService<GrpcMetrics>());
        services.AddSingleton<MeshMessageCheck>();
        services.AddSingleton<ParameterRenderer>();
        services.AddSingleton<ParameterRefresh>();
        services.AddSingleton<MarbleAdmission>();
        services.AddSingleton<ActivationService>();
        services.AddSingleton<GrpcObserver>();
        return services;
    }
}
