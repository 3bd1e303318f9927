using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// The nonces that the evidence of other Coordinators must contain. A nonce is the time at which it ends, random bytes, and an
/// authentication code over both and the key of the caller's connection, so that callers who do not come back cost no memory. It is
/// remembered once evidence over it was accepted, and only genuine evidence is.
/// </summary>
internal sealed class PeerNonces(TimeProvider timeProvider)
{
    /// <summary>In bytes: 8 of time, 8 random, and 16 of HMAC-SHA-256.</summary>
    public const int Size = 32;

    /// <summary>Of one minute; more Coordinators than that do not start.</summary>
    public const int MaxUsed = 4096;

    private const int Signed = 16;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, long> _used = [];

    public byte[] Create(ReadOnlySpan<byte> callerKeyHash)
    {
        var nonce = new byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(nonce, (timeProvider.GetUtcNow() + s_lifetime).ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(nonce.AsSpan(sizeof(long), sizeof(long)));
        Sign(nonce.AsSpan(0, Signed), callerKeyHash, nonce.AsSpan(Signed));
        return nonce;
    }

    /// <summary>Whether this Coordinator made it for this key, and it has not ended.</summary>
    public bool IsValid(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> callerKeyHash)
    {
        if (nonce.Length != Size)
        {
            return false;
        }

        Span<byte> code = stackalloc byte[Size - Signed];
        Sign(nonce[..Signed], callerKeyHash, code);
        return CryptographicOperations.FixedTimeEquals(code, nonce[Signed..])
            && BinaryPrimitives.ReadInt64BigEndian(nonce) >= timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>Uses a valid nonce; false if it was used before, or if too many were.</summary>
    public bool TryUse(ReadOnlySpan<byte> nonce)
    {
        UInt128 name = BinaryPrimitives.ReadUInt128BigEndian(nonce);
        long now = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_lock)
        {
            foreach (UInt128 ended in _used.Where(u => u.Value < now).Select(u => u.Key).ToArray())
            {
                _used.Remove(ended);
            }

            return _used.Count < MaxUsed && _used.TryAdd(name, BinaryPrimitives.ReadInt64BigEndian(nonce));
        }
    }

    private void Sign(ReadOnlySpan<byte> start, ReadOnlySpan<byte> callerKeyHash, Span<byte> code)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, [.. start, .. callerKeyHash], mac);
        mac[..code.Length].CopyTo(code);
    }
}
