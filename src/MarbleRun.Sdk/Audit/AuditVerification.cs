using System.Collections.Immutable;

namespace MarbleRun.Audit;

/// <summary>The result of the verification of an audit trail.</summary>
public sealed record AuditVerification
{
    internal AuditVerification()
    {
    }

    /// <summary>Whether every line is a record that follows the previous one.</summary>
    public bool IsIntact => Faults.IsEmpty;

    /// <summary>The faults in the order of the lines; the first 100.</summary>
    public required ImmutableArray<AuditFault> Faults { get; init; }

    /// <summary>The number of complete lines.</summary>
    public required long RecordCount { get; init; }

    /// <summary>The end of the trail. Store it elsewhere to detect later that records were removed.</summary>
    public required AuditHead Head { get; init; }

    /// <summary>
    /// The number of bytes after the last line feed: a record that was being written when the Coordinator ended, or is being written now.
    /// Its decision was not answered, and the next record takes its place.
    /// </summary>
    public required int UnfinishedBytes { get; init; }
}
