using System.Collections.Immutable;
using MarbleRun.Audit;
using MarbleRun.Management;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>The end of the audit trail, as far as the user may read it.</summary>
internal sealed record TrailView
{
    /// <summary>Why there is no trail; null if there is one.</summary>
    public string? Note { get; init; }

    /// <summary>The last records, newest first.</summary>
    public ImmutableArray<AuditRecord> Records { get; init; } = [];

    /// <summary>The end of the trail from the Coordinator's memory; null if there is no trail.</summary>
    public AuditHead? Head { get; init; }

    /// <summary>Why the records do not belong to the head; empty if they do.</summary>
    public ImmutableArray<string> Faults { get; init; } = [];

    /// <summary>The last refused Marbles with their checks, newest first; from the Coordinator's memory.</summary>
    public ImmutableArray<RefusedActivation> Attempts { get; init; } = [];

    /// <summary>Why there are no refused Marbles; null if there is nothing to say.</summary>
    public string? AttemptsNote { get; init; }

    /// <summary>What was refused or failed, newest first.</summary>
    public IEnumerable<AuditRecord> Refusals => Records.Where(record => record.Outcome != AuditOutcome.Allowed);
}
