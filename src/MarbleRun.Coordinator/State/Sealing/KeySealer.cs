using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>Seals and opens the state's own key, <c>sealed_key</c>, with AES-256-GCM under the platform's key.</summary>
/// <remarks>
/// <code>
/// offset 0      8 bytes   "MRSEALKY"
/// offset 8      2 bytes   version of this layout, little-endian: 1; 2 if the platform's key has an identifier
/// offset 10     1 byte    policy of the platform's key: 1 unique key, 2 product key
/// offset 11     1 byte    n, length of the mode
/// offset 12     n bytes   mode of the platform's sealing key, ASCII
/// version 2     2 bytes   i, length of the identifier, little-endian
///               i bytes   identifier of the platform's key
/// then          1 byte    k, number of keys: 1, or 2 while one replaces the other
/// then k times  12 bytes  nonce, random
///               32 bytes  ciphertext of a key
///               16 bytes  tag
/// </code>
/// Everything before the first nonce is additional authenticated data of each key.
/// </remarks>
internal sealed class KeySealer(ISealingKeyProvider platform)
{
    private const ushort Version = 1;
    private const ushort VersionWithId = 2;
    private const int VersionOffset = 8;
    private const int PolicyOffset = 10;
    private const int ModeOffset = 12;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int EntrySize = NonceSize + SealingKey.Size + TagSize;
    private const int MaxKeys = 2;

    /// <summary>The mode of the platform.</summary>
    public string Mode => platform.Mode;

    /// <summary>Whether the platform has keys at all. If not, <c>sealed_key</c> is empty, and the parties give the state's key.</summary>
    public bool HasPlatformKey => platform.Policies.Count > 0;

    private static ReadOnlySpan<byte> Magic => "MRSEALKY"u8;

    /// <summary>The policy that the platform has a key for: the one that is asked for, or a stricter one.</summary>
    /// <exception cref="SealedStateException">The platform has only a weaker one.</exception>
    public SealingPolicy Narrow(SealingPolicy policy) =>
        !HasPlatformKey || platform.Policies.Contains(policy) ? policy
        : platform.Policies.Contains(SealingPolicy.UniqueKey) ? SealingPolicy.UniqueKey
        : throw new SealedStateException(
            "The platform has a product key and no unique key, which Config.SealMode UniqueKey and the state before the first manifest "
            + "need. Run the Coordinator on a platform that has one.");

    /// <param name="policy">To what the platform's key is bound.</param>
    /// <param name="keys">One key, or the new one and the one that it replaces.</param>
    /// <param name="cancellationToken">Ends the wait for the platform.</param>
    /// <param name="renews">Whether it is under new keys of a deployment, which are in force with the first state that names one.</param>
    public async ValueTask<byte[]> SealAsync(
        SealingPolicy policy, IReadOnlyList<SealingKey> keys, CancellationToken cancellationToken, bool renews = false)
    {
        if (!HasPlatformKey)
        {
            return [];
        }

        // A new one where keys have identifiers: what stands on the disk never chooses the key that seals.
        using SealingKey sealing = renews && platform is DeploymentKeyProvider deployment
            ? await deployment.GetNewKeyAsync(policy, cancellationToken)
            : await platform.GetKeyAsync(policy, cancellationToken);
        return Seal(policy, sealing, keys);
    }

    /// <summary>Drops all keys of the deployment but those in force, from memory and slot.</summary>
    /// <param name="blob">The sealed key in force.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public ValueTask ForgetOlderKeysAsync(ReadOnlyMemory<byte> blob, CancellationToken cancellationToken) =>
        platform is DeploymentKeyProvider deployment
            ? deployment.ForgetOthersAsync(ReadPolicy(blob.Span), ReadId(blob), cancellationToken)
            : ValueTask.CompletedTask;

    /// <summary>
    /// The keys, the newest first, and to what the platform's key is bound that opened them; the caller disposes of them.
    /// </summary>
    /// <exception cref="UnsealableKeyException">
    /// This platform cannot open them; the state must be recovered. The sentence says why.
    /// </exception>
    /// <exception cref="SealedStateException">The platform gives no key at all.</exception>
    public async ValueTask<(IReadOnlyList<SealingKey> Keys, SealingPolicy Policy)> OpenAsync(
        ReadOnlyMemory<byte> blob, CancellationToken cancellationToken)
    {
        if (!HasPlatformKey)
        {
            throw new UnsealableKeyException(platform.Limits);
        }

        SealingPolicy policy = ReadPolicy(blob.Span);
        if (!platform.Policies.Contains(policy))
        {
            throw new UnsealableKeyException("'sealed_key' was sealed with a product key, which this platform does not have.");
        }

        using SealingKey sealing = await platform.GetKeyAsync(policy, ReadId(blob), cancellationToken);
        return (Open(blob.Span, sealing), policy);
    }

    /// <summary>
    /// Called with every state that was opened: whether the keys that opened it may be used for it, if another Coordinator gave them.
    /// </summary>
    /// <param name="rootHash">SHA-256 of the root certificate in the state.</param>
    /// <param name="manifest">The manifest in the state, or null.</param>
    /// <param name="cancellationToken">Ends the wait for the platform.</param>
    /// <returns>Why the state must not be used; null if it may.</returns>
    public ValueTask<string?> FindFaultAsync(ReadOnlyMemory<byte> rootHash, Manifest? manifest, CancellationToken cancellationToken) =>
        platform is DeploymentKeyProvider keys
            ? keys.FindFaultAsync(rootHash, manifest, cancellationToken)
            : ValueTask.FromResult<string?>(null);

    private byte[] Seal(SealingPolicy policy, SealingKey sealing, IReadOnlyList<SealingKey> keys)
    {
        var blob = new ArrayBufferWriter<byte>();
        blob.Write(Magic);
        Write(blob, sealing.Id.IsEmpty ? Version : VersionWithId);
        blob.Write([policy == SealingPolicy.UniqueKey ? (byte)1 : (byte)2, checked((byte)Mode.Length)]);
        blob.Write(Encoding.ASCII.GetBytes(Mode));
        if (!sealing.Id.IsEmpty)
        {
            Write(blob, checked((ushort)sealing.Id.Length));
            blob.Write(sealing.Id.Span);
        }

        blob.Write([(byte)keys.Count]);
        byte[] header = blob.WrittenSpan.ToArray();
        using var cipher = new AesGcm(sealing.Bytes, TagSize);
        foreach (SealingKey key in keys)
        {
            Span<byte> entry = blob.GetSpan(EntrySize)[..EntrySize];
            RandomNumberGenerator.Fill(entry[..NonceSize]);
            cipher.Encrypt(entry[..NonceSize], key.Bytes, entry.Slice(NonceSize, SealingKey.Size), entry[^TagSize..], header);
            blob.Advance(EntrySize);
        }

        return blob.WrittenSpan.ToArray();
    }

    private SealingPolicy ReadPolicy(ReadOnlySpan<byte> blob)
    {
        if (blob.IsEmpty)
        {
            throw new UnsealableKeyException("'sealed_key' is missing or empty.");
        }

        if (blob.Length < ModeOffset + 1 || !blob.StartsWith(Magic) || blob[PolicyOffset] is < 1 or > 2)
        {
            throw new UnsealableKeyException("'sealed_key' is not a sealed key of this product, or it is damaged.");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(blob[VersionOffset..]);
        if (version is not (Version or VersionWithId))
        {
            throw new UnsealableKeyException(
                $"'sealed_key' has layout version {version}; this Coordinator reads versions {Version} and {VersionWithId}.");
        }

        int header = HeaderSize(blob);
        if (header > blob.Length || blob[header - 1] is < 1 or > MaxKeys || blob.Length != header + (blob[header - 1] * EntrySize))
        {
            throw new UnsealableKeyException("'sealed_key' is cut off or damaged.");
        }

        string mode = Encoding.ASCII.GetString(blob.Slice(ModeOffset, blob[ModeOffset - 1]));
        return string.Equals(mode, Mode, StringComparison.Ordinal)
            ? blob[PolicyOffset] == 1 ? SealingPolicy.UniqueKey : SealingPolicy.ProductKey
            : throw new UnsealableKeyException(
                $"'sealed_key' was sealed in mode '{LogText.Clean(mode)}', but this Coordinator runs in mode '{Mode}'.");
    }

    private List<SealingKey> Open(ReadOnlySpan<byte> blob, SealingKey sealing)
    {
        int header = HeaderSize(blob);
        var keys = new List<SealingKey>();
        using var cipher = new AesGcm(sealing.Bytes, TagSize);
        Span<byte> bytes = stackalloc byte[SealingKey.Size];
        try
        {
            for (ReadOnlySpan<byte> rest = blob[header..]; !rest.IsEmpty; rest = rest[EntrySize..])
            {
                cipher.Decrypt(
                    rest[..NonceSize],
                    rest.Slice(NonceSize, SealingKey.Size),
                    rest[(NonceSize + SealingKey.Size)..EntrySize],
                    bytes,
                    blob[..header]);
                keys.Add(new SealingKey(bytes));
            }

            return keys;
        }
        catch (AuthenticationTagMismatchException exception)
        {
            keys.ForEach(key => key.Dispose());
            throw new UnsealableKeyException(
                "'sealed_key' does not open with this platform's key: it is damaged, of another machine, or was sealed by other code "
                + $"(another measurement with UniqueKey, another signer or product with ProductKey). {platform.Limits}".TrimEnd(),
                exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void Write(ArrayBufferWriter<byte> blob, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(blob.GetSpan(sizeof(ushort)), value);
        blob.Advance(sizeof(ushort));
    }

    /// <summary>Of a blob whose lengths were checked.</summary>
    private static ReadOnlyMemory<byte> ReadId(ReadOnlyMemory<byte> blob)
    {
        int modeEnd = ModeOffset + blob.Span[ModeOffset - 1];
        return HasId(blob.Span) ? blob[(modeEnd + sizeof(ushort))..(HeaderSize(blob.Span) - 1)] : default;
    }

    private static bool HasId(ReadOnlySpan<byte> blob) =>
        BinaryPrimitives.ReadUInt16LittleEndian(blob[VersionOffset..]) == VersionWithId;

    /// <summary>With the number of keys, which is its last byte. It may be beyond the end of a damaged blob.</summary>
    private static int HeaderSize(ReadOnlySpan<byte> blob)
    {
        int modeEnd = ModeOffset + blob[ModeOffset - 1];
        return !HasId(blob) ? modeEnd + 1
            : blob.Length < modeEnd + sizeof(ushort) ? int.MaxValue
            : modeEnd + sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(blob[modeEnd..]) + 1;
    }
}

/// <summary>This platform cannot open the state's key, so that the state must be recovered by the parties of its recovery keys.</summary>
internal sealed class UnsealableKeyException(string message, Exception? innerException = null)
    : MarbleRunException(message, innerException!);
