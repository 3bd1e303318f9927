using System.Security.Cryptography;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>The key of a state, and what <c>sealed_key</c> holds of it.</summary>
/// <param name="Key">The state's key.</param>
/// <param name="Policy">To what the key that seals it is bound.</param>
/// <param name="Blob"><c>sealed_key</c>.</param>
internal sealed record SealedKey(SealingKey Key, SealingPolicy Policy, ReadOnlyMemory<byte> Blob)
{
    /// <summary>
    /// The key of a state in a shared store, which has only one: the one in use if it is the same, so that what holds a reference to it
    /// goes on.
    /// </summary>
    /// <param name="sealer">Opens it.</param>
    /// <param name="blob"><c>sealed_key</c>.</param>
    /// <param name="current">What is in use.</param>
    /// <param name="known">The state's key in use.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UnsealableKeyException">It cannot be opened here.</exception>
    public static async Task<SealedKey> OpenAsync(
        KeySealer sealer, ReadOnlyMemory<byte> blob, SealedKey? current, SealingKey? known, CancellationToken cancellationToken)
    {
        if (current is not null && current.Blob.Span.SequenceEqual(blob.Span))
        {
            return current;
        }

        (IReadOnlyList<SealingKey> keys, SealingPolicy policy) = await sealer.OpenAsync(blob, cancellationToken);
        foreach (SealingKey older in keys.Skip(1))
        {
            older.Dispose();
        }

        SealingKey key = keys[0];
        if (known is not null && CryptographicOperations.FixedTimeEquals(known.Bytes, key.Bytes))
        {
            key.Dispose();
            key = known;
        }

        return new SealedKey(key, policy, blob);
    }

    public override string ToString() => "sealed key";
}
