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

    /// <summary>
    /// What the platform binds keys to; both policies by default. If it is empty, the platform has no key: the state is sealed for the
    /// recovery parties alone. If it lacks <see cref="SealingPolicy.ProductKey"/>, the stricter one is used.
    /// </summary>
    IReadOnlyList<SealingPolicy> Policies => [SealingPolicy.UniqueKey, SealingPolicy.ProductKey];

    /// <summary>
    /// One or more sentences for the operator: after which changes of machine or code the keys are lost, so that the state must be
    /// recovered. Empty by default; then nothing is said.
    /// </summary>
    string Limits => string.Empty;

    /// <summary>Gives a key to seal with. What is sealed with it is opened with the key that has its <see cref="SealingKey.Id"/>.</summary>
    /// <param name="policy">To what the key must be bound: one of <see cref="Policies"/>.</param>
    /// <param name="cancellationToken">Ends the wait for the platform.</param>
    /// <returns>
    /// 32 bytes (AES-256); the caller disposes of it. Keys without an identifier are the same at every call and after every restart.
    /// </returns>
    /// <exception cref="SealedStateException">The platform has no key to give.</exception>
    ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken);

    /// <summary>Gives a key to open with. By default it is the same as the one to seal with.</summary>
    /// <param name="policy">To what the key must be bound: one of <see cref="Policies"/>.</param>
    /// <param name="id">
    /// The identifier that was stored beside what the key sealed. Anyone who can write the seal directory may have replaced it: it must
    /// not choose a key that other code can have.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the platform.</param>
    /// <returns>32 bytes (AES-256); the caller disposes of it. If it is the wrong one, the state must be recovered.</returns>
    /// <exception cref="SealedStateException">The platform has no key to give.</exception>
    ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken) =>
        GetKeyAsync(policy, cancellationToken);
}
