using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// A simulation admits whatever the development root of the machine signed, and Marbles without a quote. That is the host's word, so
/// evidence of hardware must never stand over it: it would vouch for what was admitted.
/// </summary>
internal sealed class SimulatedEvidenceCheck(SimulationPlatform? platform)
{
    private const string RootCheck = "chain.root";

    /// <summary>Compares this Coordinator's own evidence with how it was started; outside simulation there is nothing to compare.</summary>
    /// <param name="own">The evidence that every verifier gets.</param>
    /// <param name="reportData">What it is over.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AttestationException">It is a simulation whose evidence is another platform's.</exception>
    public async Task RequireAsync(Quote own, ReportData reportData, CancellationToken cancellationToken)
    {
        if (platform is null)
        {
            return;
        }

        var expectation = new QuoteExpectation
        {
            ReportData = reportData,
            Package = platform.MeasureRunningProcess().ToPackageProperties(),
        };
        Verdict verdict = await new EvidenceVerifier(platform.CreateVerifier(), snp: null).VerifyAsync(own, expectation, cancellationToken);
        if (!verdict.Checks.Any(c => c.Code == RootCheck && c.Outcome == VerdictCheckOutcome.Passed))
        {
            throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                "Simulation is on (--simulation, OE_SIMULATION=1 or Coordinator:Simulation), but the evidence of this Coordinator is of "
                + "another platform, and would vouch for Marbles that only the simulation admits. Start it without simulation, or run it "
                + "where the program registers no platform.");
        }
    }
}
