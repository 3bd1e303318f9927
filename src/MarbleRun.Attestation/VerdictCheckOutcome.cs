namespace MarbleRun.Attestation;

/// <summary>How a check of a <see cref="Verdict"/> ended.</summary>
public enum VerdictCheckOutcome
{
    /// <summary>An earlier check failed, so this one was not performed.</summary>
    NotReached = 0,

    /// <summary>What was found is what was expected.</summary>
    Passed,

    /// <summary>What was found is not acceptable.</summary>
    Failed,
}
