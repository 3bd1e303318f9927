namespace MarbleRun.Attestation;

/// <summary>The outcome of a check of a <see cref="Verdict"/>.</summary>
public enum VerdictCheckOutcome
{
    /// <summary>An earlier check failed, so this one was not performed.</summary>
    NotReached = 0,

    /// <summary>The check passed.</summary>
    Passed,

    /// <summary>The check failed.</summary>
    Failed,
}
