using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator;

/// <summary>The mode of a Coordinator, for registrations that depend on it.</summary>
internal static class CoordinatorMode
{
    public static bool IsSimulation(this IServiceProvider services) =>
        services.GetRequiredService<IOptions<CoordinatorOptions>>().Value.Simulation;
}
