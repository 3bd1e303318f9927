using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Checks;

/// <summary>The data of a check. It is immutable: a step that adds data creates another context.</summary>
/// <param name="Expectation">What the evidence must say.</param>
/// <param name="Claims">What it says, or null if it could not be read.</param>
internal record CheckContext(QuoteExpectation Expectation, QuoteClaims? Claims)
{
    /// <summary>The kind of evidence. What can't be read counts as SGX.</summary>
    public TeeType Tee => Claims?.Tee ?? TeeType.Sgx;

    public PackageProperties Package => Expectation.Package;

    /// <summary>The claims, for a check that is made only when they were read.</summary>
    public QuoteClaims Said => Known(Claims, "claims");

    /// <summary>A part that earlier checks found to be there.</summary>
    protected static TPart Known<TPart>(TPart? part, string name)
        where TPart : class =>
        part ?? throw new InvalidOperationException($"A check looked at the {name}, which no check before it had found.");
}
