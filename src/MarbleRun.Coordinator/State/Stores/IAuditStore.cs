namespace MarbleRun.Coordinator.State.Stores;

/// <summary>
/// Keeps the audit trails of the Coordinators that share a store: for each, lines that are numbered from 1 and only added at the end. It
/// neither reads nor trusts what it keeps, and deletes nothing.
/// </summary>
public interface IAuditStore
{
    /// <summary>The most bytes of the lines of one <see cref="ReadAsync"/>; one line is always read.</summary>
    const int MaxReadBytes = 1024 * 1024;

    /// <summary>
    /// Adds lines at the end of a trail, all or none. When this returns they survive a power cut. The same lines at the same place may be
    /// added again: it changes nothing.
    /// </summary>
    /// <param name="replica">The name of the Coordinator.</param>
    /// <param name="first">The number of the first line: one more than that of the last line in the store.</param>
    /// <param name="lines">1 to 256 lines without line feeds, each of 1 to 131,072 bytes, all together less than 1.2 MiB.</param>
    /// <param name="cancellationToken">Ends the wait before anything was changed.</param>
    /// <exception cref="StateStoreException">
    /// The lines are not in the store. With <see cref="StateStoreException.IsOutcomeUnknown"/> they may be, or may still arrive: repeat the
    /// call. <see cref="StateStoreException.IsConflict"/> if the trail does not end before <paramref name="first"/>.
    /// </exception>
    ValueTask AppendAsync(
        string replica, long first, IReadOnlyList<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken);

    /// <summary>Reads the last line of a trail.</summary>
    /// <param name="replica">The name of the Coordinator.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The line that was the last one at some moment after the call; null for a trail without lines.</returns>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    ValueTask<StoredAuditLine?> ReadLastAsync(string replica, CancellationToken cancellationToken);

    /// <summary>Reads lines in their order.</summary>
    /// <param name="replica">The name of the Coordinator.</param>
    /// <param name="first">The number of the first line. If it was removed, the first one that is there comes first.</param>
    /// <param name="limit">The most lines.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lines, of at most <see cref="MaxReadBytes"/> together; empty after the last one.</returns>
    /// <exception cref="StateStoreException">The store cannot be read, or holds something other than lines.</exception>
    ValueTask<IReadOnlyList<StoredAuditLine>> ReadAsync(string replica, long first, int limit, CancellationToken cancellationToken);
}
