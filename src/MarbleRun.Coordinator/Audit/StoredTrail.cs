using System.Security.Cryptography;
using MarbleRun.Audit;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// The audit trail of this Coordinator in a shared store. Records that were sent without an answer may still arrive there; therefore they
/// stay a part of the trail, and are sent again, unchanged, before any other. So the chain cannot fork.
/// </summary>
internal sealed class StoredTrail : IAuditTrail
{
    /// <summary>The most records that a start verifies: the trail may have millions.</summary>
    public const int MaxVerified = 10_000;

    private const int PageSize = 1000;

    private readonly IAuditStore _store;
    private readonly string _replica;
    private AuditHead _head = AuditHead.Start;
    private Group? _unanswered;

    private StoredTrail(IAuditStore store, string replica) => (_store, _replica) = (store, replica);

    public AuditHead Head => Volatile.Read(ref _head);

    public AuditHead Tail => _unanswered?.Head ?? Head;

    public int UnfinishedBytes => 0;

    /// <summary>Continues the trail, or starts a new one.</summary>
    /// <param name="store">The store.</param>
    /// <param name="replica">The name of this Coordinator.</param>
    /// <param name="expected">An earlier head of the trail, from a trusted place: that record must be there. Or null.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AuditException">The trail was changed.</exception>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    public static async Task<StoredTrail> OpenAsync(
        IAuditStore store, string replica, AuditHead? expected, CancellationToken cancellationToken)
    {
        var trail = new StoredTrail(store, replica);
        await trail.ContinueAsync(expected ?? AuditHead.Start, cancellationToken);
        return trail;
    }

    /// <summary>The end of a trail whose last line this is.</summary>
    public static AuditHead HeadOf(StoredAuditLine line) => new(line.Sequence, Convert.ToHexStringLower(SHA256.HashData(line.Line.Span)));

    public async Task AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> lines, AuditHead head)
    {
        if (_unanswered is { } before)
        {
            await SendAsync(before);
        }

        await SendAsync(new Group(lines, head));
    }

    public void Dispose()
    {
        // The store belongs to the host.
    }

    private async Task SendAsync(Group group)
    {
        try
        {
            await _store.AppendAsync(_replica, group.First, group.Lines, CancellationToken.None);
        }
        catch (StateStoreException exception)
        {
            _unanswered = exception.IsOutcomeUnknown ? group : _unanswered;
            throw new AuditException(
                exception.IsConflict
                    ? $"The audit trail of '{_replica}' in the store does not end with record {group.First - 1}, the last one of this "
                    + "Coordinator. Another Coordinator has the same name, or the records were changed. Give each Coordinator its own "
                    + "name with Coordinator:Store:Replica, and start this one again."
                    : "The audit trail cannot be written to the store, so every action that must be recorded is refused: "
                    + exception.Message,
                exception);
        }

        _unanswered = null;
        Volatile.Write(ref _head, group.Head);
    }

    private async Task ContinueAsync(AuditHead expected, CancellationToken cancellationToken)
    {
        if (await _store.ReadLastAsync(_replica, cancellationToken) is not { } last)
        {
            Require(expected.Sequence == 0, $"it ended with record {expected.Sequence}, and now it is empty");
            return;
        }

        Require(
            last.Sequence >= expected.Sequence,
            $"it ends with record {last.Sequence}, before record {expected.Sequence}, which the state knows");
        if (expected.Sequence > 0)
        {
            IReadOnlyList<StoredAuditLine> known = await _store.ReadAsync(_replica, expected.Sequence, 1, cancellationToken);
            Require(
                known is [var line] && HeadOf(line) == expected,
                $"record {expected.Sequence}, which the state knows, is missing or was changed");
        }

        await VerifyAsync(Math.Max(Math.Max(expected.Sequence, 1), last.Sequence - MaxVerified + 1), last.Sequence, cancellationToken);
    }

    private async Task VerifyAsync(long first, long last, CancellationToken cancellationToken)
    {
        string? previous = null;
        for (long next = first; next <= last; next = Head.Sequence + 1)
        {
            IReadOnlyList<StoredAuditLine> lines = await _store.ReadAsync(_replica, next, PageSize, cancellationToken);
            byte[] content = [.. lines.SelectMany(line => (byte[])[.. line.Line.Span, (byte)'\n'])];
            AuditVerification found = AuditTrail.Verify(
                [new AuditFile(_replica, content)], lines is [{ Sequence: 1 }, ..] ? AuditHead.Start.Hash : previous);
            Require(found.IsIntact, found.IsIntact ? string.Empty : $"near record {next}: {found.Faults[0].Message}");

            // The numbers of the store must be those of the records. The first ones may have been archived elsewhere.
            Require(
                lines.Count > 0
                && found.RecordCount == lines.Count
                && found.Head.Sequence == lines[^1].Sequence
                && (lines[0].Sequence == next || (next == first && lines[0].Sequence > next)),
                $"after record {next - 1} there are records with other numbers");
            previous = found.Head.Hash;
            Volatile.Write(ref _head, found.Head);
        }
    }

    private void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new AuditException(
                $"The audit trail of '{_replica}' in the store was changed: {fault}. Run marblerun audit verify for details. Restore the "
                + "records, or move them elsewhere as evidence, and start the Coordinator once with Coordinator:NewAuditTrail.");
        }
    }

    /// <summary>Records that are added together.</summary>
    private sealed record Group(IReadOnlyList<ReadOnlyMemory<byte>> Lines, AuditHead Head)
    {
        public long First => Head.Sequence - Lines.Count + 1;
    }
}
