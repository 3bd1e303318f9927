using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.AuditReading;

/// <summary>The audit trail for users.</summary>
internal static class AuditReadingRegistration
{
    public static IServiceCollection AddAuditReading(this IServiceCollection services)
    {
        services.AddSingleton<AuditReader>();
        services.AddSingleton<IApiEndpoints, AuditEndpoint>();
        services.AddSingleton<IApiEndpoints, RefusalsEndpoint>();
        return services;
    }
}
