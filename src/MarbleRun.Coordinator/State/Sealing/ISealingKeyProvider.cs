namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// Gives the keys that the key of the Coordinator's state is sealed with: secrets that only this code on this platform can have.
/// </summary>
public interface ISealingKeyProvider
{
    /// <summary>
    /// The kind of protection, for instance <c>simulation</c>: 1 to 255 ASCII characters. It stands in the sealed state,
    /// and state of one mode does not open in another.
    /// </summary>
    string Mode { get; }

    /// <summary>Gives a key; for one policy the same one at every call and after every restart.</summary>
    /// <param name="policy">To what the key must be bound.</param>
    /// <param name="cancellationToken">Ends the wait for the platform.</param>
    /// <returns>32 bytes (AES-256); the caller disposes of it.</returns>
    /// <exception cref="SealedStateException">The platform has no key to give.</exception>
    ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken);
}
