using System.Diagnostics;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Activation;

/// <summary>The quote by which this process attests itself.</summary>
internal static class OwnQuote
{
    /// <exception cref="AttestationException">The platform failed, or returned an empty quote.</exception>
    public static async Task<Quote> IssueAsync(IQuoteIssuer issuer, ReportData reportData, CancellationToken cancellationToken)
    {
        using Activity? activity = MarbleTelemetry.Source.StartActivity("marble.quote");
        Quote quote = await issuer.IssueAsync(reportData, cancellationToken).ConfigureAwait(false);
        return !quote.IsEmpty ? quote : throw new AttestationException(
            AttestationFailure.IssuanceFailed,
            "The platform returned an empty quote, which proves nothing; nothing was sent to the Coordinator. Check the platform's "
            + "attestation service; for development set OE_SIMULATION=1 (or Marble:Simulation) instead.");
    }
}
