using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Audit;

/// <summary>The audit trail.</summary>
internal static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>();
        services.AddSingleton<Decisions>();
        services.AddSingleton<IActivationObstacle>(sp => sp.GetRequiredService<AuditLog>());
        return services;
    }
}
