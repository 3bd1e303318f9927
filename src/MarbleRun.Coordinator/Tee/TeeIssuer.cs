using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Coordinator.Tee;

/// <summary>Quotes of the trusted execution environment of this process, which the first one opens.</summary>
internal sealed class TeeIssuer(CoordinatorTee tee) : IQuoteIssuer
{
    public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default) =>
        tee.Platform.CreateIssuer().IssueAsync(reportData, cancellationToken);
}
