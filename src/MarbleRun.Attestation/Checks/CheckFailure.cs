namespace MarbleRun.Attestation.Checks;

/// <summary>How a check failed.</summary>
/// <param name="Reason">The reason of the verdict.</param>
/// <param name="Expected">The required value; null if <paramref name="Found"/> is sufficient.</param>
/// <param name="Found">The value that was found.</param>
internal sealed record CheckFailure(VerdictReason Reason, string? Expected, string Found)
{
    /// <summary>A remedy that is more specific than that of the rule.</summary>
    public string? Remedy { get; init; }

    /// <summary>Whether the failure is transient: a source of collateral failed, not the evidence.</summary>
    public bool IsTransient { get; init; }

    public static CheckFailure Malformed(string expected, string found) => new(VerdictReason.Malformed, expected, found);

    public static CheckFailure Unsupported(string expected, string found) => new(VerdictReason.Unsupported, expected, found);

    public static CheckFailure Untrusted(string expected, string found) => new(VerdictReason.ChainUntrusted, expected, found);

    public static CheckFailure Signature(string expected, string found) => new(VerdictReason.SignatureInvalid, expected, found);

    public static CheckFailure Policy(string expected, string found) => new(VerdictReason.Policy, expected, found);
}
