
namespace MarbleRun.Coordinator.Limits;

/// <summary>What unauthenticated callers may cost.</summary>
internal static class LimitsRegistration
{
    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddSingleton<CurrentCaller>();
        services.AddSingleton<VerificationGate>();
        return services;
    }
}
