using System.Collections.Immutable;

namespace MarbleRun.Audit;

/// <summary>What the verification of an audit trail found.</summary>
public sealed record AuditVerification
{
    internal AuditVerification()
    {
    }

    /// <summary>Whether every line is a record, and each follows the one before.</summary>
    public bool IsIntact => Faults.IsEmpty;

    /// <summary>What is wrong, in the order of the lines; the first 100 faults.</summary>
    public required ImmutableArray<AuditFault> Faults { get; init; }

    /// <summary>How many whole lines there are.</summary>
    public required long RecordCount { get; init; }

    /// <summary>The end of the trail. Keep it elsewhere to notice later that something was cut off.</summary>
    public required AuditHead Head { get; init; }

    /// <summary>
    /// Bytes after the last line feed: a record that was being written when the Coordinator ended, or is being written now. Its decision was not answered,
    /// and the next record takes its place.
    /// </summary>
    public required int UnfinishedBytes { get; init; }
}
