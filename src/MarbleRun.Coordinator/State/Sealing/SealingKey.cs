using System.Security.Cryptography;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>A key of 32 bytes that is wiped when it is disposed of. It never shows its bytes outside this assembly.</summary>
public sealed class SealingKey : IDisposable
{
    /// <summary>The size in bytes.</summary>
    public const int Size = 32;

    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>Copies the key.</summary>
    /// <param name="bytes">Exactly <see cref="Size"/> bytes; wiping them is the caller's business.</param>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public SealingKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A sealing key is {Size} bytes; {bytes.Length} were given.", nameof(bytes));
        }

        _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        bytes.CopyTo(_bytes);
    }

    /// <summary>
    /// What derives this key of a platform again: no secret, stored beside what the key seals. Empty where the platform has one key for a
    /// policy.
    /// </summary>
    public ReadOnlyMemory<byte> Id { get; init; }

    /// <summary>Makes a key of 32 random bytes.</summary>
    internal static SealingKey CreateRandom()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        var key = new SealingKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    internal ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _disposed = true;
    }
}
