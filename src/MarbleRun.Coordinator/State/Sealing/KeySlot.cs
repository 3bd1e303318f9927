using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>The blob of one Coordinator beside a shared state: the deployment's keys, sealed for its platform.</summary>
/// <remarks>
/// <code>
/// offset 0      8 bytes   "MRKEYSLT"
/// offset 8      2 bytes   version of this layout, 1, little-endian
/// offset 10     1 byte    n, number of keys, at most 32; of a policy, the one in use comes first
/// then n times  1 byte    policy of the key: 1 unique key, 2 product key
///               16 bytes  identifier of the key
///               2 bytes   k, little-endian
///               k bytes   the key in the layout of sealed_key, sealed with the platform's key of this policy
/// </code>
/// Nothing of it is trusted: what opens is authentic, and its identifier must follow from the key.
/// </remarks>
/// <param name="Entries">The keys.</param>
internal sealed record KeySlot(ImmutableArray<KeySlotEntry> Entries)
{
    public const int MaxEntries = 32;

    private const ushort Version = 1;
    private const int EntryHeader = 1 + DeploymentKey.IdSize + sizeof(ushort);

    public static KeySlot Empty { get; } = new(ImmutableArray<KeySlotEntry>.Empty);

    private static ReadOnlySpan<byte> Magic => "MRKEYSLT"u8;

    private static int HeaderSize => Magic.Length + sizeof(ushort) + 1;

    /// <summary>Reads a blob; an empty slot if it is of another kind, cut off or damaged.</summary>
    public static KeySlot Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < HeaderSize
            || !blob.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt16LittleEndian(blob[Magic.Length..]) != Version
            || blob[HeaderSize - 1] > MaxEntries)
        {
            return Empty;
        }

        ImmutableArray<KeySlotEntry>.Builder entries = ImmutableArray.CreateBuilder<KeySlotEntry>();
        int count = blob[HeaderSize - 1];
        ReadOnlySpan<byte> rest = blob[HeaderSize..];
        for (int i = 0; i < count; i++)
        {
            int length = rest.Length < EntryHeader ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(rest[(EntryHeader - 2)..]);
            if (length > rest.Length - EntryHeader || rest[0] is < 1 or > 2)
            {
                return Empty;
            }

            entries.Add(new KeySlotEntry(
                rest[0] == 1 ? SealingPolicy.UniqueKey : SealingPolicy.ProductKey,
                rest[1..(1 + DeploymentKey.IdSize)].ToArray(),
                rest.Slice(EntryHeader, length).ToArray()));
            rest = rest[(EntryHeader + length)..];
        }

        return rest.IsEmpty ? new KeySlot(entries.ToImmutable()) : Empty;
    }

    public byte[] Write()
    {
        var blob = new ArrayBufferWriter<byte>();
        blob.Write(Magic);
        Write(blob, Version);
        blob.Write([checked((byte)Entries.Length)]);
        foreach (KeySlotEntry entry in Entries)
        {
            blob.Write([entry.Policy == SealingPolicy.UniqueKey ? (byte)1 : (byte)2]);
            blob.Write(entry.Id.Span);
            Write(blob, checked((ushort)entry.Sealed.Length));
            blob.Write(entry.Sealed.Span);
        }

        return blob.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> blob, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(blob.GetSpan(sizeof(ushort)), value);
        blob.Advance(sizeof(ushort));
    }
}

/// <summary>One key in a slot.</summary>
/// <param name="Policy">The policy that the slot gives.</param>
/// <param name="Id">The identifier that the slot gives.</param>
/// <param name="Sealed">The key, sealed for the platform.</param>
internal sealed record KeySlotEntry(SealingPolicy Policy, ReadOnlyMemory<byte> Id, ReadOnlyMemory<byte> Sealed);
