using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Activation.Trust;

/// <summary>Creates the verifier for the evidence that a Marble accepts.</summary>
internal static class TrustVerifier
{
    /// <summary>
    /// Simulated evidence is accepted only if the measured trust allows it. The host decides whether this process attests by simulation
    /// (<c>OE_SIMULATION</c>), and the development root is on the host's disk: a host must not be able to forge a Coordinator with a
    /// variable.
    /// </summary>
    public static IQuoteVerifier Create(
        CoordinatorTrust trust, MarbleOptions options, ICollateralProvider? provider, HardwareRoots roots, TimeProvider timeProvider)
    {
        if (AllowsSimulation(trust, options) && trust.SimulationRoot is { } root)
        {
            return new EvidenceVerifier(new DcapQuoteVerifier(root, timeProvider: timeProvider), snp: null);
        }

        return AllowsSimulation(trust, options) && options.Simulation
            ? new EvidenceVerifier(SimulationPlatform.Open(directory: null, timeProvider).CreateVerifier(), snp: null)
            : EvidenceVerifier.ForRoots(roots.Intel, roots.Amd, provider, timeProvider);
    }

    public static bool AllowsSimulation(CoordinatorTrust trust, MarbleOptions options) =>
        trust.AllowsSimulation && !options.CoordinatorRequirements.ForbidSimulation;
}
