using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tee;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>The key that seals the state.</summary>
internal static class SealingRegistration
{
    public static IServiceCollection AddSealing(this IServiceCollection services)
    {
        services.TryAddSingleton<ISealingKeyProvider>(sp =>
            sp.IsSimulation() ? CreateSimulated(sp) : new TeeSealingKeyProvider(sp.GetRequiredService<CoordinatorTee>()));
        services.AddSingleton<DeploymentKeyProvider>();
        services.AddSingleton<SlotRemoval>();
        services.AddSingleton(sp => new KeySealer(
            sp.GetRequiredService<IStateStore>().IsShared
                ? sp.GetRequiredService<DeploymentKeyProvider>()
                : sp.GetRequiredService<ISealingKeyProvider>()));
        return services;
    }

    private static SimulationSealingKeyProvider CreateSimulated(IServiceProvider services)
    {
        SimulationPlatform platform = services.GetRequiredService<SimulationPlatform>();
        return new SimulationSealingKeyProvider(platform.Directory, platform.MeasureRunningProcess);
    }
}
