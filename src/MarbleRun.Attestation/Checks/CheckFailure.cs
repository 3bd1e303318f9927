namespace MarbleRun.Attestation.Checks;

/// <summary>How a check failed.</summary>
/// <param name="Reason">The kind of verdict that follows.</param>
/// <param name="Expected">What was required; null if <paramref name="Found"/> says all.</param>
/// <param name="Found">What was there.</param>
internal sealed record CheckFailure(VerdictReason Reason, string? Expected, string Found)
{
    /// <summary>What to do, when the failure knows better than its rule.</summary>
    public string? Remedy { get; init; }

    /// <summary>Whether the same evidence may pass in a moment: what failed is a source of collateral, not the evidence.</summary>
    public bool IsTransient { get; init; }

    public static CheckFailure Malformed(string expected, string found) => new(VerdictReason.Malformed, expected, found);

    public static CheckFailure Unsupported(string expected, string found) => new(VerdictReason.Unsupported, expected, found);

    public static CheckFailure Untrusted(string expected, string found) => new(VerdictReason.ChainUntrusted, expected, found);

    public static CheckFailure Signature(string expected, string found) => new(VerdictReason.SignatureInvalid, expected, found);

    public static CheckFailure Policy(string expected, string found) => new(VerdictReason.Policy, expected, found);
}
