using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The sealed state that waits for its key.</summary>
internal interface IRecoverableState
{
    /// <summary>Why the state must not be recovered now, for the caller; null if it may be.</summary>
    ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken);

    /// <summary>Opens the state without using it yet.</summary>
    /// <returns>The parties that the manifest in the state names, whose secrets and signatures are required.</returns>
    /// <exception cref="SealedStateException">The key does not open it.</exception>
    /// <exception cref="RecoveryException">The manifest's recovery keys cannot be used.</exception>
    Task<RecoveryKeySet> OpenAsync(SealingKey key, CancellationToken cancellationToken);

    /// <summary>Makes the state that was opened last the Coordinator's own, and seals its key for this machine. The key is cleared after
    /// the call.</summary>
    Task AdoptAsync(SealingKey key);
}
