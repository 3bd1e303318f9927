using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation;

/// <summary>Requests a quote from the platform of this process: signed evidence of the running code.</summary>
public interface IQuoteIssuer
{
    /// <summary>Issues a quote over <paramref name="reportData"/>.</summary>
    /// <param name="reportData">
    /// The data that the quote binds to the running code, usually <see cref="ReportData.ForCertificate(ReadOnlySpan{byte})"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the platform.</param>
    /// <exception cref="AttestationException">
    /// The platform cannot issue a quote; <see cref="AttestationException.Failure"/> gives the reason.
    /// </exception>
    ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default);
}
