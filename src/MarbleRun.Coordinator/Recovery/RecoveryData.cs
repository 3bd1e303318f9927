using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>
/// The unencrypted data beside a sealed state with which shares of its key are checked one by one. They contain no secret, and are
/// authenticated with the key itself, so they can be verified as soon as the key is available.
/// </summary>
/// <remarks>
/// <code>
/// offset 0      8 bytes   "MRRECOVR"
/// offset 8      2 bytes   version of this layout, 1, little-endian
/// offset 10     1 byte    t, how many parties are needed
/// offset 11     1 byte    n, how many parties there are
/// then n times  2 bytes   length of the name, little-endian; the name in UTF-8
///               2 bytes   length of the key, little-endian; the key as SubjectPublicKeyInfo in DER
///               32 bytes  commitment to the share
/// last          32 bytes  HMAC-SHA-256 over all before; its key is HKDF-Expand-SHA-256 of the sealing key with "MarbleRun recovery data
/// v1"
/// </code>
/// </remarks>
internal sealed class RecoveryData
{
    private const ushort Version = 1;
    private const int PartiesOffset = 12;
    private const int TagSize = KeyTag.Size;

    private RecoveryData(byte[] bytes, int threshold, ImmutableArray<RecoveryParty> parties)
    {
        Bytes = bytes;
        Threshold = threshold;
        Parties = parties;
    }

    /// <summary>The stored form.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public int Threshold { get; }

    public ImmutableArray<RecoveryParty> Parties { get; }

    private static ReadOnlySpan<byte> Magic => "MRRECOVR"u8;

    public static RecoveryData Create(int threshold, ImmutableArray<RecoveryParty> parties, SealingKey key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(Magic);
        WriteLength(buffer, Version);
        buffer.Write([checked((byte)threshold), checked((byte)parties.Length)]);
        foreach (RecoveryParty party in parties)
        {
            WriteBlock(buffer, Encoding.UTF8.GetBytes(party.Name));
            WriteBlock(buffer, party.Key.SubjectPublicKeyInfo.Span);
            buffer.Write(party.Commitment.Span);
        }

        buffer.Write(KeyTag.Compute(buffer.WrittenSpan, key));
        return new RecoveryData(buffer.WrittenSpan.ToArray(), threshold, parties);
    }

    /// <summary>Reads the stored form. Anyone who can write the file may have forged it: see <see cref="IsAuthenticatedBy"/>.</summary>
    /// <exception cref="RecoveryException">It is not in this layout.</exception>
    public static RecoveryData Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PartiesOffset + TagSize || !bytes.StartsWith(Magic))
        {
            throw Damaged("they do not begin as such");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw Damaged($"they have layout version {version}, and this Coordinator reads version {Version}");
        }

        int threshold = bytes[10];
        int count = bytes[11];
        if (threshold != count && (threshold < 2 || threshold > count))
        {
            throw Damaged($"{threshold} of {count} parties is not a possible threshold");
        }

        ReadOnlySpan<byte> rest = bytes[PartiesOffset..^TagSize];
        ImmutableArray<RecoveryParty>.Builder parties = ImmutableArray.CreateBuilder<RecoveryParty>(count);
        for (int i = 0; i < count; i++)
        {
            string name = Encoding.UTF8.GetString(TakeBlock(ref rest));
            parties.Add(new RecoveryParty(name, ReadKey(TakeBlock(ref rest), i), Take(ref rest, SHA256.HashSizeInBytes).ToArray()));
        }

        return rest.IsEmpty
            ? new RecoveryData(bytes.ToArray(), threshold, parties.MoveToImmutable())
            : throw Damaged($"they go on for {rest.Length} bytes after the last party");
    }

    /// <summary>Whether these recovery data were made for this key; also false for a wrong key.</summary>
    public bool IsAuthenticatedBy(SealingKey key) => KeyTag.Fits(Bytes.Span, key);

    /// <summary>Whether names, keys and threshold are the same. If they are not, an update needs a new key and new shares.</summary>
    public bool IsFor(RecoveryKeySet keys) =>
        Threshold == keys.Threshold
        && Parties.Length == keys.Keys.Length
        && Parties.Zip(keys.Keys).All(pair => pair.First.Name == pair.Second.Key && pair.First.Key.IsSameAs(pair.Second.Value));

    private static void WriteBlock(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> block)
    {
        WriteLength(buffer, block.Length);
        buffer.Write(block);
    }

    private static void WriteLength(ArrayBufferWriter<byte> buffer, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.GetSpan(2), checked((ushort)value));
        buffer.Advance(2);
    }

    private static RecoveryPublicKey ReadKey(ReadOnlySpan<byte> der, int index)
    {
        try
        {
            return RecoveryPublicKey.FromDer(der);
        }
        catch (RecoveryException exception)
        {
            throw Damaged($"the key of party {index + 1} cannot be used: {exception.Message}");
        }
    }

    private static ReadOnlySpan<byte> TakeBlock(ref ReadOnlySpan<byte> rest) =>
        Take(ref rest, BinaryPrimitives.ReadUInt16LittleEndian(Take(ref rest, 2)));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        if (count > rest.Length)
        {
            throw Damaged("they are cut off");
        }

        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private static RecoveryException Damaged(string how) =>
        new(
            RecoveryFailure.DamagedData,
            $"The recovery data beside the sealed state are damaged: {how}. Put back the files that belong together.");
}

/// <summary>A party in the recovery data: its key, and a commitment to its share that reveals nothing about the share.</summary>
/// <param name="Name">The name in the manifest.</param>
/// <param name="Key">The key in the manifest.</param>
/// <param name="Commitment">The result of <see cref="Commit"/> for the party's share, 32 bytes.</param>
internal sealed record RecoveryParty(string Name, RecoveryPublicKey Key, ReadOnlyMemory<byte> Commitment)
{
    /// <summary>
    /// SHA-256 over <c>MarbleRun recovery share v1</c> and the share. A share has 256 random bits, so it cannot be guessed. The label
    /// distinguishes the value from the plain SHA-256 of the share, which the party signs.
    /// </summary>
    public static byte[] Commit(ReadOnlySpan<byte> share)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("MarbleRun recovery share v1"u8);
        hash.AppendData(share);
        return hash.GetHashAndReset();
    }
}
