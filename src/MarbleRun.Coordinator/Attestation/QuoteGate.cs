using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Limits;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// All fresh quotes of this Coordinator come through here: each is work of the platform (10 to 100 ms on hardware, one after another), and
/// anybody may ask for one by a nonce, at either port. Equal report data at the same time are one quote.
/// </summary>
internal sealed class QuoteGate(IQuoteIssuer issuer) : IDisposable
{
    public const int AtOnce = 2;
    public const int Places = 64;
    public const int PlacesOfOneAddress = 8;

    private readonly CostlyWork<ReportData, Quote> _quotes = new(new CostlyWorkLimits("fresh quotes", AtOnce, Places, PlacesOfOneAddress));

    /// <summary>A quote over these report data, which the caller's nonce is a part of.</summary>
    /// <param name="reportData">What the quote is over.</param>
    /// <param name="caller">Who asks; users and Marbles that were recognised have places of their own.</param>
    /// <param name="cancellationToken">Ends the wait; a quote that no caller waits for any more is not made.</param>
    /// <exception cref="BusyException">There is no place: of the caller's address, or at all.</exception>
    /// <exception cref="AttestationException">The platform gives none.</exception>
    public Task<Quote> IssueAsync(ReportData reportData, Caller caller, CancellationToken cancellationToken) =>
        _quotes.DoAsync(reportData, caller, async stop => await issuer.IssueAsync(reportData, stop), cancellationToken);

    public void Dispose() => _quotes.Dispose();
}
