using System.Security.Cryptography;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// A key-encryption key of a deployment, 32 random bytes that all its Coordinators have: the key of the state is sealed under it where
/// they share a store. It is wiped when it is disposed of.
/// </summary>
/// <remarks>
/// The identifier is a zero byte and 15 bytes of HKDF-Expand-SHA-256 of the key, with <c>MarbleRun deployment key v1 unique</c> or
/// <c>… product</c>. So neither a store nor a peer can give one key the name of another one, or use it for another policy. Identifiers of
/// platforms' keys do not start with zero.
/// </remarks>
internal sealed class DeploymentKey : IDisposable
{
    public const int IdSize = 16;

    private readonly SealingKey _key;

    /// <param name="policy">The policy of the states that it seals.</param>
    /// <param name="bytes">The key, which is copied.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public DeploymentKey(SealingPolicy policy, ReadOnlySpan<byte> bytes)
    {
        Policy = policy;
        _key = new SealingKey(bytes);
        var id = new byte[IdSize];
        HKDF.Expand(HashAlgorithmName.SHA256, bytes, id.AsSpan(1), policy == SealingPolicy.UniqueKey
            ? "MarbleRun deployment key v1 unique"u8
            : "MarbleRun deployment key v1 product"u8);
        Id = id;
    }

    public SealingPolicy Policy { get; }

    /// <summary>Public.</summary>
    public ReadOnlyMemory<byte> Id { get; }

    internal ReadOnlySpan<byte> Bytes => _key.Bytes;

    public static DeploymentKey Create(SealingPolicy policy)
    {
        using var random = SealingKey.CreateRandom();
        return new DeploymentKey(policy, random.Bytes);
    }

    /// <summary>Whether it is the identifier of a key of a deployment, and not of a platform.</summary>
    public static bool IsId(ReadOnlySpan<byte> id) => id.Length == IdSize && id[0] == 0;

    public bool Is(SealingPolicy policy, ReadOnlySpan<byte> id) => Policy == policy && Id.Span.SequenceEqual(id);

    /// <summary>A copy, for a caller that disposes of it.</summary>
    public SealingKey ToSealingKey() => new(_key.Bytes) { Id = Id };

    public DeploymentKey Copy() => new(Policy, _key.Bytes);

    public void Dispose() => _key.Dispose();
}
