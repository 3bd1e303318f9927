namespace MarbleRun.Coordinator.Stores;

/// <summary>Keeps one sealed blob durably. It neither reads nor trusts what it keeps.</summary>
public interface IStateStore
{
    /// <summary>Reads the blob that was committed last.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The blob and its version, or null if nothing was ever committed.</returns>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Replaces the blob. When this returns the new one survives a power cut; when it throws the old one stands.</summary>
    /// <param name="state">The new blob.</param>
    /// <param name="expectedVersion">The version that is to be replaced; null if there must be none.</param>
    /// <param name="cancellationToken">Ends the wait before anything was changed.</param>
    /// <returns>The new version.</returns>
    /// <exception cref="StateStoreException">
    /// Nothing was changed, unless <see cref="StateStoreException.IsOutcomeUnknown"/>.
    /// </exception>
    ValueTask<StateVersion> CommitAsync(ReadOnlyMemory<byte> state, StateVersion? expectedVersion, CancellationToken cancellationToken);
}
