using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.AuditReading;

/// <summary>
/// Reads records from where the trail is, files or the store, while the writer adds others. Others can change them; the reader does not
/// judge them, because the caller verifies the chain up to the head.
/// </summary>
internal sealed class AuditReader(AuditLog log, Replica own) : IDisposable
{
    /// <summary>The most records of one answer.</summary>
    public const int MaxRecords = 1000;

    private const int ReadersAtOnce = 2;

    private readonly SemaphoreSlim _turn = new(ReadersAtOnce, ReadersAtOnce);

    /// <summary>Reads the records after one, in their order.</summary>
    /// <param name="after">The number of the record before the first one. If the files of the next ones are gone, the first record that is
    /// there comes first.</param>
    /// <param name="limit">The most records.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AuditException">A file cannot be read, or is not one of a trail.</exception>
    public async Task<AuditRecords> ReadAsync(long after, int limit, CancellationToken cancellationToken)
    {
        AuditHead head = log.Head;
        return new AuditRecords(await ReadAsync(own.Name, after, head.Sequence, limit, cancellationToken), head);
    }

    /// <summary>Reads records of another Coordinator, which are in the store.</summary>
    /// <param name="replica">Its name.</param>
    /// <param name="known">The end of its trail that the state knows.</param>
    /// <param name="after">The number of the record before the first one.</param>
    /// <param name="limit">The most records.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AuditException">The store cannot be read, or the trail ends before the record that the state knows.</exception>
    public async Task<AuditRecords> ReadOtherAsync(
        string replica, AuditHead known, long after, int limit, CancellationToken cancellationToken)
    {
        AuditHead head = await log.Stored!.ReadHeadAsync(replica, known, cancellationToken);
        return new AuditRecords(await ReadAsync(replica, after, head.Sequence, limit, cancellationToken), head);
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(
        string replica, long after, long last, int limit, CancellationToken cancellationToken)
    {
        if (after >= last || limit == 0)
        {
            return [];
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            limit = Math.Min(limit, MaxRecords);
            if (log.Stored is { } stored)
            {
                return await stored.ReadAsync(replica, after, last, limit, cancellationToken);
            }

            var lines = new List<ReadOnlyMemory<byte>>();
            await AuditFiles.ReadAsync(log.Directory!, after, last, limit, lines, cancellationToken);
            return lines;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuditException($"The audit trail in '{log.Directory}' cannot be read: {exception.Message}", exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
