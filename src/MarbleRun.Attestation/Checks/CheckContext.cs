using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Checks;

/// <summary>The data of a check. It is immutable: a step that adds data creates another context.</summary>
/// <param name="Expectation">The required content of the evidence.</param>
/// <param name="Claims">The claims of the evidence; null if it could not be read.</param>
internal record CheckContext(QuoteExpectation Expectation, QuoteClaims? Claims)
{
    /// <summary>The kind of evidence. Evidence that cannot be read counts as SGX.</summary>
    public TeeType Tee => Claims?.Tee ?? TeeType.Sgx;

    public PackageProperties Package => Expectation.Package;

    /// <summary>The claims, for checks that run only after the claims were read.</summary>
    public QuoteClaims Said => Known(Claims, "claims");

    /// <summary>A part that an earlier check found.</summary>
    protected static TPart Known<TPart>(TPart? part, string name)
        where TPart : class =>
        part ?? throw new InvalidOperationException($"A check used the {name}, but no earlier check found it.");
}
