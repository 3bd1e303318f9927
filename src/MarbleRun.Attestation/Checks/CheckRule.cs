namespace MarbleRun.Attestation.Checks;

/// <summary>The rule of a check: its stable name, its source, and what to do if the check fails.</summary>
/// <param name="Code">The name, as in docs/attestation-verdicts.md.</param>
/// <param name="Source">Document and section.</param>
/// <param name="Remedy">What to do; a failure can replace the text.</param>
internal sealed record CheckRule(string Code, string Source, string Remedy)
{
    /// <summary>The check in a verdict, if it passed.</summary>
    public VerdictCheck Passed { get; } = new(Code, VerdictCheckOutcome.Passed) { Source = Source };

    /// <summary>The check in a verdict, if an earlier check failed.</summary>
    public VerdictCheck NotReached { get; } = new(Code, VerdictCheckOutcome.NotReached) { Source = Source };

    /// <summary>The check in a verdict, if it failed.</summary>
    public VerdictCheck Failed(CheckFailure failure) => new(Code, VerdictCheckOutcome.Failed)
    {
        Expected = failure.Expected,
        Found = failure.Found,
        Source = Source,
        Remedy = failure.Remedy ?? Remedy,
        IsTransient = failure.IsTransient,
    };
}
