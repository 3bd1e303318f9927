namespace MarbleRun.Coordinator.State.Stores;

/// <summary>Keeps the sealed state durably. It neither reads nor trusts what it keeps.</summary>
public interface IStateStore
{
    /// <summary>
    /// Whether several Coordinators may use the store at the same time. If not, a version that is not the expected one means that
    /// something else writes where only one Coordinator may, and the Coordinator stops.
    /// </summary>
    bool IsShared { get; }

    /// <summary>Reads what was committed last.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The blobs and their version, or null if nothing was ever committed.</returns>
    /// <exception cref="StateStoreException">The store cannot be read, or a part of what it must hold is missing.</exception>
    ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the blobs. When this returns the new ones survive a power cut; when it throws the old ones stand. A store that cannot
    /// replace both at once makes the key durable first: the caller ensures that the new key blob opens the old data too.
    /// </summary>
    /// <param name="blobs">The new blobs.</param>
    /// <param name="expectedVersion">The version that is to be replaced; null if there must be none.</param>
    /// <param name="cancellationToken">Ends the wait before anything was changed.</param>
    /// <returns>The new version.</returns>
    /// <exception cref="StateStoreException">
    /// The state is what it was, unless <see cref="StateStoreException.IsOutcomeUnknown"/>. <see cref="StateStoreException.IsConflict"/> if
    /// its version is not the expected one.
    /// </exception>
    ValueTask<StateVersion> CommitAsync(StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the version of the state without its blobs. What it returns was the newest version at some moment after the call: a store of
    /// several servers asks a majority, or the one that takes the writes.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The version that <see cref="LoadAsync"/> would return, or null if nothing was ever committed.</returns>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reports the version of the state, first the one at the start, then each time it may have changed. Changes that follow each other
    /// quickly may be reported as one, and the same version may be reported again. A report is a hint: who must know the newest version
    /// asks <see cref="ReadVersionAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <returns>Versions, without an end before the watch is ended; null while nothing was ever committed.</returns>
    /// <exception cref="StateStoreException">The connection to the store was lost: watch again.</exception>
    IAsyncEnumerable<StateVersion?> WatchAsync(CancellationToken cancellationToken);

    /// <summary>Reads a blob that stands beside the state, with a version of its own.</summary>
    /// <param name="name">1 to 64 of <c>a</c> to <c>z</c> and <c>_</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The blob and its version, or null if there is no blob of this name.</returns>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces a blob that stands beside the state. When this returns the new one survives a power cut; when it throws the old one stands.
    /// </summary>
    /// <param name="name">The name, as above.</param>
    /// <param name="blob">The new blob.</param>
    /// <param name="expectedVersion">The version that is to be replaced; null if there must be none.</param>
    /// <param name="cancellationToken">Ends the wait before anything was changed.</param>
    /// <returns>The new version.</returns>
    /// <exception cref="StateStoreException">
    /// The blob is what it was, unless <see cref="StateStoreException.IsOutcomeUnknown"/>. <see cref="StateStoreException.IsConflict"/> if
    /// its version is not the expected one.
    /// </exception>
    ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken);

    /// <summary>
    /// Puts everything aside, blobs beside the state too, under a name that nothing will ever replace, so that the next commit is a first
    /// one.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait before anything was changed.</param>
    /// <returns>Where it is now, for the operator.</returns>
    /// <exception cref="StateStoreException">It could not be done, or not all of it; trying again goes on.</exception>
    ValueTask<string> ArchiveAsync(CancellationToken cancellationToken);

    /// <summary>Removes everything, earlier generations and blobs beside the state too, so that the next commit is a first one.</summary>
    /// <param name="cancellationToken">Ends the wait before anything was changed.</param>
    /// <exception cref="StateStoreException">It could not be done, or not all of it; trying again goes on.</exception>
    ValueTask RemoveAsync(CancellationToken cancellationToken);
}
