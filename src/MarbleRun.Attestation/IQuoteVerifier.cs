namespace MarbleRun.Attestation;

/// <summary>Judges a quote. Bad evidence is an answer, not an exception.</summary>
public interface IQuoteVerifier
{
    /// <summary>Checks a quote from its first byte to the properties that are expected of the code.</summary>
    /// <param name="quote">The evidence, from anywhere; any bytes are allowed.</param>
    /// <param name="expectation">What the quote must say.</param>
    /// <param name="cancellationToken">Ends the wait for collateral.</param>
    /// <returns>The verdict; rejected unless every check passed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default);
}
