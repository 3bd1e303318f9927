using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Sealing;

/// <summary>Other code of the same product on the same machine: what its Coordinator can unseal.</summary>
internal static class OtherCode
{
    /// <summary>For a start in the folder of <paramref name="host"/>.</summary>
    public static Action<IServiceCollection> Of(CoordinatorHost host, TemporaryDirectory directory)
    {
        AppMeasurement measurement = host.Platform.MeasureRunningProcess() with { UniqueId = new string('0', 64) };
        return services => services.AddSingleton<ISealingKeyProvider>(
            _ => new SimulationSealingKeyProvider(SimulationPlatform.Open(directory.File("simulation")).Directory, () => measurement));
    }
}
