using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Activation;

/// <summary>Chooses whose evidence a Marble believes.</summary>
internal static class TrustVerifier
{
    /// <summary>
    /// Simulated evidence counts only where the measured trust says so. That this process itself attests by the simulation is the host's word
    /// (<c>OE_SIMULATION</c>), and the development root lies on the host's disk: a host must not be able to forge a Coordinator by a variable.
    /// </summary>
    public static IQuoteVerifier Create(
        CoordinatorTrust trust, MarbleOptions options, ICollateralProvider? provider, HardwareRoots roots, TimeProvider timeProvider)
    {
        if (AllowsSimulation(trust, options) && trust.SimulationRoot is { } root)
        {
            return new EvidenceVerifier(new DcapQuoteVerifier(root, timeProvider), snp: null);
        }

        return AllowsSimulation(trust, options) && options.Simulation
            ? new EvidenceVerifier(SimulationPlatform.Open(directory: null, timeProvider).CreateVerifier(), snp: null)
            : EvidenceVerifier.ForRoots(roots.Intel, roots.Amd, provider, timeProvider);
    }

    public static bool AllowsSimulation(CoordinatorTrust trust, MarbleOptions options) =>
        trust.AllowsSimulation && !options.CoordinatorRequirements.ForbidSimulation;
}
