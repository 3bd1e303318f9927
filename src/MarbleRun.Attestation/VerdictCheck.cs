namespace MarbleRun.Attestation;

/// <summary>One check of a <see cref="Verdict"/>, with the expected and the found value and a remedy.</summary>
/// <param name="Code">The stable name, for instance <c>quote.signature</c>.</param>
/// <param name="Outcome">The outcome.</param>
public sealed record VerdictCheck(string Code, VerdictCheckOutcome Outcome)
{
    /// <summary>The required value, or a short text.</summary>
    public string? Expected { get; init; }

    /// <summary>The value that was found, or a short text.</summary>
    public string? Found { get; init; }

    /// <summary>Where the rule comes from: document and section.</summary>
    public string? Source { get; init; }

    /// <summary>What to do if it failed.</summary>
    public string? Remedy { get; init; }

    /// <summary>
    /// Whether a failure is transient: a source of collateral could not be reached, or its answer could not be used. The same evidence may
    /// be accepted later.
    /// </summary>
    public bool IsTransient { get; init; }
}
