namespace MarbleRun.Audit;

/// <summary>The outcome of a decision.</summary>
public enum AuditOutcome
{
    /// <summary>No outcome is known; a record cannot have it.</summary>
    Unknown = 0,

    /// <summary>The request was allowed and carried out: <c>allowed</c>.</summary>
    Allowed,

    /// <summary>The request was refused: <c>denied</c>.</summary>
    Denied,

    /// <summary>The request was allowed but could not be carried out: <c>failed</c>.</summary>
    Failed,
}
