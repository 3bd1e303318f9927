namespace MarbleRun.Attestation;

/// <summary>Verifies quotes. Invalid evidence results in a verdict, not in an exception.</summary>
public interface IQuoteVerifier
{
    /// <summary>Verifies a quote: its structure, its signatures, and the expected properties of the code.</summary>
    /// <param name="quote">The evidence from any source; any bytes are allowed.</param>
    /// <param name="expectation">The required content of the quote.</param>
    /// <param name="cancellationToken">Ends the wait for collateral.</param>
    /// <returns>The verdict; rejected unless every check passed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default);
}
