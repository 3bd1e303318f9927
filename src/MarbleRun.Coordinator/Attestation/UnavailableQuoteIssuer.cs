using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// Outside simulation, on a machine without a trusted execution environment that is supported: there is no quote, and none is made up.
/// </summary>
internal sealed class UnavailableQuoteIssuer : IQuoteIssuer
{
    public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default) =>
        throw new AttestationException(
            AttestationFailure.PlatformUnavailable,
            "This process does not run in a trusted execution environment that can attest it. Start the Coordinator with --simulation to "
            + "try it out on this machine.");
}
