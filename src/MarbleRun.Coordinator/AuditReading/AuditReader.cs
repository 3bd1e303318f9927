using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;

namespace MarbleRun.Coordinator.AuditReading;

/// <summary>
/// Reads records from the files of the trail while the writer adds others. The host can change the files; the reader does not judge them,
/// because the caller verifies the chain up to the head.
/// </summary>
internal sealed class AuditReader(AuditLog log) : IDisposable
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
        var lines = new List<ReadOnlyMemory<byte>>();
        if (after < head.Sequence && limit > 0)
        {
            await _turn.WaitAsync(cancellationToken);
            try
            {
                await AuditFiles.ReadAsync(log.Directory, after, head.Sequence, Math.Min(limit, MaxRecords), lines, cancellationToken);
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

        return new AuditRecords(lines, head);
    }

    public void Dispose() => _turn.Dispose();
}
