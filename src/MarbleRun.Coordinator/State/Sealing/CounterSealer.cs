using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// Seals and opens counters, <c>sealed_counters</c> and <c>sealed_counters_base</c>, with AES-256-GCM under a key that is derived from the
/// state's.
/// </summary>
/// <remarks>
/// <code>
/// offset 0      8 bytes   "MRCOUNTS"
/// offset 8      2 bytes   version of this layout, 1, little-endian
/// offset 10     1 byte    1: sealed_counters; 2: sealed_counters_base
/// offset 11     16 bytes  series: random, named by the sealed state that these counters belong to
/// offset 27     8 bytes   generation of the counters, little-endian
/// offset 35     12 bytes  nonce, random
/// offset 47     ...       ciphertext
/// last          16 bytes  tag
/// </code>
/// Everything before the nonce is additional authenticated data: a blob opens neither in the other's place, nor for another state, nor
/// under another number. The key is HKDF-Expand-SHA-256 of the state's key with <c>MarbleRun counters v1</c>, so that neither the state nor
/// counters open in the place of the other.
/// </remarks>
internal static class CounterSealer
{
    private const ushort Version = 1;
    private const int KindOffset = 10;
    private const int SeriesOffset = 11;
    private const int GenerationOffset = 27;
    private const int HeaderSize = 35;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int ContentOffset = HeaderSize + NonceSize;

    private static ReadOnlySpan<byte> Magic => "MRCOUNTS"u8;

    /// <param name="kind">Which blob it is.</param>
    /// <param name="series">As the state names it.</param>
    /// <param name="generation">The generation of the counters.</param>
    /// <param name="stateKey">The state's key.</param>
    /// <param name="content">What is sealed.</param>
    public static byte[] Seal(CounterBlobKind kind, Guid series, ulong generation, SealingKey stateKey, ReadOnlySpan<byte> content)
    {
        var blob = new byte[ContentOffset + content.Length + TagSize];
        WriteStart(blob, kind, series);
        BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(GenerationOffset), generation);
        Span<byte> nonce = blob.AsSpan(HeaderSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using AesGcm cipher = CreateCipher(stateKey);
        cipher.Encrypt(
            nonce, content, blob.AsSpan(ContentOffset, content.Length), blob.AsSpan(blob.Length - TagSize), blob.AsSpan(0, HeaderSize));
        return blob;
    }

    /// <summary>The generation of a blob, and its content in the clear.</summary>
    /// <exception cref="SealedStateException">The blob is damaged, another one than this, or does not belong to the state.</exception>
    public static (ulong Generation, byte[] Content) Open(ReadOnlySpan<byte> blob, CounterBlobKind kind, Guid series, SealingKey stateKey)
    {
        string name = NameOf(kind);
        if (blob.Length < ContentOffset + TagSize || !blob.StartsWith(Magic))
        {
            throw new SealedStateException($"'{name}' is cut off, or holds no counters of this product. {Remedy(name)}");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(blob[Magic.Length..]);
        if (version != Version)
        {
            throw new SealedStateException(
                $"'{name}' has layout version {version}; this Coordinator reads version {Version}. Use the release that wrote it.");
        }

        Span<byte> start = stackalloc byte[GenerationOffset];
        WriteStart(start, kind, series);
        if (!blob.StartsWith(start))
        {
            throw new SealedStateException(
                $"'{name}' does not belong to this state: it holds other counters, or those of a key that was replaced. {Remedy(name)}");
        }

        var content = new byte[blob.Length - ContentOffset - TagSize];
        using AesGcm cipher = CreateCipher(stateKey);
        try
        {
            cipher.Decrypt(blob[HeaderSize..ContentOffset], blob[ContentOffset..^TagSize], blob[^TagSize..], content, blob[..HeaderSize]);
            return (BinaryPrimitives.ReadUInt64LittleEndian(blob[GenerationOffset..]), content);
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new SealedStateException(
                $"'{name}' does not open: it is damaged, or was sealed with another key than that of the state. {Remedy(name)}", exception);
        }
    }

    /// <summary>Distinguishes a blob from all others that were ever sealed under its generation: its tag.</summary>
    public static string SealOf(ReadOnlySpan<byte> blob) => Convert.ToHexStringLower(blob[^TagSize..]);

    /// <summary>The file of a blob, for sentences.</summary>
    public static string NameOf(CounterBlobKind kind) => kind == CounterBlobKind.Recent ? "sealed_counters" : "sealed_counters_base";

    /// <summary>What to do, for sentences.</summary>
    public static string Remedy(string name) =>
        $"Put back the '{name}' that belongs to the state ('{name}.old' is the generation before it).";

    private static void WriteStart(Span<byte> blob, CounterBlobKind kind, Guid series)
    {
        Magic.CopyTo(blob);
        BinaryPrimitives.WriteUInt16LittleEndian(blob[Magic.Length..], Version);
        blob[KindOffset] = (byte)kind;
        series.TryWriteBytes(blob[SeriesOffset..], bigEndian: true, out _);
    }

    private static AesGcm CreateCipher(SealingKey stateKey)
    {
        Span<byte> key = stackalloc byte[SealingKey.Size];
        HKDF.Expand(HashAlgorithmName.SHA256, stateKey.Bytes, key, "MarbleRun counters v1"u8);
        try
        {
            return new AesGcm(key, TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}

/// <summary>Which of the two blobs of counters one is; the numbers stand in the blob.</summary>
internal enum CounterBlobKind : byte
{
    /// <summary><c>sealed_counters</c>: what was raised since the base.</summary>
    Recent = 1,

    /// <summary><c>sealed_counters_base</c>: all counters of one moment.</summary>
    Base = 2,
}
