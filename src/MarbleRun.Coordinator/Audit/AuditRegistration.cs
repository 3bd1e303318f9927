using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Users;

namespace MarbleRun.Coordinator.Audit;

/// <summary>The audit trail.</summary>
internal static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>();
        services.AddSingleton<ILoginAudit, LoginAudit>();
        services.AddSingleton<Decisions>();
        services.AddSingleton<RefusedAttempts>();
        services.AddSingleton<IActivationObstacle>(sp => sp.GetRequiredService<AuditLog>());
        return services;
    }
}
