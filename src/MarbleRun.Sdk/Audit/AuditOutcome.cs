namespace MarbleRun.Audit;

/// <summary>What a decision came to.</summary>
public enum AuditOutcome
{
    /// <summary>It was asked for, allowed, and done: <c>allowed</c>.</summary>
    Allowed,

    /// <summary>It was refused: <c>denied</c>.</summary>
    Denied,

    /// <summary>It was allowed but could not be done: <c>failed</c>.</summary>
    Failed,
}
