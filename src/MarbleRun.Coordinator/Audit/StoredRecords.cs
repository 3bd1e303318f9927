using MarbleRun.Audit;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// Reads the trails of all Coordinators that share a store. It does not judge them, because the caller verifies the chain up to a head.
/// </summary>
internal sealed class StoredRecords(IAuditStore store)
{
    /// <summary>The end of the trail of another Coordinator, as the store has it.</summary>
    /// <param name="replica">Its name.</param>
    /// <param name="known">The end that the state knows.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AuditException">The store cannot be read, or the trail ends before the record that the state knows.</exception>
    public async Task<AuditHead> ReadHeadAsync(string replica, AuditHead known, CancellationToken cancellationToken)
    {
        try
        {
            AuditHead head = await store.ReadLastAsync(replica, cancellationToken) is { } last
                ? StoredTrail.HeadOf(last)
                : AuditHead.Start;
            return head.Sequence >= known.Sequence
                ? head
                : throw new AuditException(
                    $"The audit trail of '{replica}' in the store ends with record {head.Sequence}, before record {known.Sequence}, which "
                    + "the state knows: it was cut off.");
        }
        catch (StateStoreException exception)
        {
            throw Describe(replica, exception);
        }
    }

    /// <summary>Reads records in their order.</summary>
    /// <param name="replica">The name of the Coordinator.</param>
    /// <param name="after">The number of the record before the first one.</param>
    /// <param name="last">The last record that is read.</param>
    /// <param name="limit">The most records.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AuditException">The store cannot be read.</exception>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(
        string replica, long after, long last, int limit, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<StoredAuditLine> found = await store.ReadAsync(replica, after + 1, limit, cancellationToken);
            return [.. found.Where(line => line.Sequence <= last).Select(line => line.Line)];
        }
        catch (StateStoreException exception)
        {
            throw Describe(replica, exception);
        }
    }

    private static AuditException Describe(string replica, StateStoreException exception) =>
        new($"The audit trail of '{replica}' cannot be read from the store: {exception.Message}", exception);
}
