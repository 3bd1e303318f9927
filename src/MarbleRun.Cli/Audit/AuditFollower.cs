using System.Collections.Immutable;
using MarbleRun.Audit;
using MarbleRun.Management;

namespace MarbleRun.Cli.Audit;

/// <summary>Reads the trail of a Coordinator part by part, and verifies that each part continues the one before.</summary>
internal sealed class AuditFollower
{
    private readonly string? _replica;
    private long _after;
    private AuditHead? _previous;

    private AuditFollower(long after, AuditHead? previous, string? replica)
    {
        _replica = replica;
        _after = after;
        _previous = previous;
    }

    /// <summary>The number of the first record that the Coordinator still has; null if the beginning is not missing.</summary>
    public long? FirstSequence { get; private set; }

    /// <summary>Begins after a record; from the beginning of the trail after number 0.</summary>
    public static AuditFollower From(long after, string? replica = null) => new(after, after == 0 ? AuditHead.Start : null, replica);

    /// <summary>Begins after a record whose hash is known.</summary>
    public static AuditFollower From(AuditHead head, string? replica = null) => new(head.Sequence, head, replica);

    /// <summary>Reads the next records; after a fault, the same ones again.</summary>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    public async Task<AuditStep> NextAsync(ICoordinatorClient client, int limit, CancellationToken cancellationToken)
    {
        AuditPage page = await client.GetAuditAsync(_after, limit, _replica, cancellationToken);

        // The files of the beginning may be archived; then the chain begins with the first record that is there.
        bool isWithoutBeginning = _previous == AuditHead.Start && page.Records is [{ Sequence: > 1 }, ..];
        AuditVerification found = page.Verify(isWithoutBeginning ? null : _previous);
        FirstSequence = isWithoutBeginning ? page.Records[0].Sequence : FirstSequence;
        ImmutableArray<AuditFault> faults = _previous is null && page.Head.Sequence < _after
            ? [new AuditFault("records", 0, $"the trail ends with record {page.Head.Sequence}, before record {_after}")]
            : found.Faults;
        if (faults.IsEmpty)
        {
            _previous = page.Lines.IsEmpty ? _previous ?? page.Head : found.Head;
            _after = _previous.Sequence;
        }

        return new AuditStep(page.Records, page.Head, faults, page.IsLast);
    }
}

/// <summary>A part of the trail.</summary>
/// <param name="Records">The records.</param>
/// <param name="Head">The end of the trail.</param>
/// <param name="Faults">Why they do not follow; empty if they do.</param>
/// <param name="IsLast">Whether there are no more for now.</param>
internal sealed record AuditStep(
    ImmutableArray<AuditRecord> Records, AuditHead Head, ImmutableArray<AuditFault> Faults, bool IsLast);
