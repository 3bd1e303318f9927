namespace MarbleRun.Attestation.Checks;

/// <summary>The rule of a check: its stable name, where it is written, and what to do when the check fails.</summary>
/// <param name="Code">The name, as in docs/attestation-verdicts.md.</param>
/// <param name="Source">Document and section.</param>
/// <param name="Remedy">What to do; a failure may bring a better text.</param>
internal sealed record CheckRule(string Code, string Source, string Remedy)
{
    /// <summary>The check as it stands in every verdict in which it passed.</summary>
    public VerdictCheck Passed { get; } = new(Code, VerdictCheckOutcome.Passed) { Source = Source };

    /// <summary>The check as it stands in every verdict in which an earlier one failed.</summary>
    public VerdictCheck NotReached { get; } = new(Code, VerdictCheckOutcome.NotReached) { Source = Source };

    /// <summary>The check as it stands in the verdict that it refuses.</summary>
    public VerdictCheck Failed(CheckFailure failure) => new(Code, VerdictCheckOutcome.Failed)
    {
        Expected = failure.Expected,
        Found = failure.Found,
        Source = Source,
        Remedy = failure.Remedy ?? Remedy,
        IsTransient = failure.IsTransient,
    };
}
