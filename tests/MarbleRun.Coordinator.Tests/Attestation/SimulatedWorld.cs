using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Attestation;

/// <summary>A mesh whose collateral comes from a service that describes the platform as the scenario says.</summary>
internal sealed class SimulatedWorld : IAsyncDisposable
{
    private readonly SimulationPccs _pccs;

    private SimulatedWorld(GovernedMesh mesh, SimulationPccs pccs)
    {
        Mesh = mesh;
        _pccs = pccs;
    }

    public GovernedMesh Mesh { get; }

    public static async Task<SimulatedWorld> StartAsync(SimulationScenario scenario)
    {
        // The collateral is asked for with the first quote, when the platform is there.
        SimulationPlatform? platform = null;
        SimulationPccs pccs = await SimulationPccs.StartAsync(tee => platform!.CreateCollateral(tee, scenario));
        GovernedMesh mesh = await GovernedMesh.StartAsync(
            settings: [("Attestation:PccsUrl", pccs.Address.AbsoluteUri), ("Attestation:AskInSimulation", "true")]);
        platform = mesh.Host.Platform;
        return new SimulatedWorld(mesh, pccs);
    }

    public async ValueTask DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await _pccs.DisposeAsync();
    }
}
