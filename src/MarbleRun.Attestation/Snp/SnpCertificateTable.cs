using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// The certificates that a host gives to its guests (GHCB Specification #56421, SNP Extended Guest Request): entries of a GUID, an offset
/// from the table's first byte and a length, both 32 bits little-endian; an entry of zeros ends them, and the certificates follow. GUIDs
/// have the byte order of their text.
/// </summary>
internal sealed class SnpCertificateTable
{
    private const int GuidSize = 16;
    private const int EntrySize = GuidSize + (2 * sizeof(uint));

    /// <summary>Hosts give four or five; a page holds fewer than this.</summary>
    private const int MostEntries = 64;

    private const int Largest = 1024 * 1024;

    private static readonly Guid s_vcek = new("63da758d-e664-4564-adc5-f4b93be8accd");
    private static readonly Guid s_vlek = new("a8074bc2-a25a-483e-aae6-39c045a0b8a1");
    private static readonly Guid s_ask = new("4ab7b379-bbac-4fe4-a02f-05aef327c782");
    private static readonly Guid s_ark = new("c0b406a4-a803-4952-9743-3fb6014cd0ae");
    private static readonly Guid s_list = new("92f81bc3-5811-4d3d-97ff-d19f88dc67ea");

    private readonly Dictionary<Guid, ReadOnlyMemory<byte>> _entries = [];

    private SnpCertificateTable()
    {
    }

    /// <summary>Reads a table; no bytes, or zeros alone, are a table without certificates. Entries with other GUIDs are ignored.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SnpCertificateTable? table, [NotNullWhen(false)] out string? fault)
    {
        table = null;
        if (bytes.Length > Largest)
        {
            fault = $"the certificate table has {bytes.Length} bytes, at most {Largest} are read";
            return false;
        }

        var read = new SnpCertificateTable();
        fault = bytes.IsEmpty ? null : read.ReadEntries(bytes);
        table = fault is null ? read : null;
        return fault is null;
    }

    /// <summary>The certificates for a report that was signed by the given kind of key.</summary>
    public SnpCollateral For(SnpSigningKey signingKey) => new()
    {
        Vek = Find(signingKey == SnpSigningKey.Vlek ? s_vlek : s_vcek),
        Ask = Find(s_ask),
        Ark = Find(s_ark),
        RevocationList = Find(s_list),
    };

    // A null would be converted to empty memory.
    private ReadOnlyMemory<byte>? Find(Guid guid) =>
        _entries.TryGetValue(guid, out ReadOnlyMemory<byte> content) ? content : default(ReadOnlyMemory<byte>?);

    private string? ReadEntries(ReadOnlyMemory<byte> bytes)
    {
        List<(Guid Guid, uint Offset, uint Length)> entries = [];
        int position = 0;
        while (true)
        {
            if (bytes.Length - position < EntrySize)
            {
                return "the certificate table ends before its last entry";
            }

            ReadOnlySpan<byte> entry = bytes.Span.Slice(position, EntrySize);
            position += EntrySize;
            if (!entry.ContainsAnyExcept((byte)0))
            {
                break;
            }

            if (entries.Count == MostEntries)
            {
                return $"the certificate table has more than {MostEntries} entries";
            }

            var guid = new Guid(entry[..GuidSize], bigEndian: true);
            entries.Add((
                guid,
                BinaryPrimitives.ReadUInt32LittleEndian(entry[GuidSize..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[(GuidSize + sizeof(uint))..])));
        }

        foreach ((Guid guid, uint offset, uint length) in entries)
        {
            if (offset < position || length == 0 || (ulong)offset + length > (ulong)bytes.Length)
            {
                return $"entry {guid} of the certificate table names {length} bytes at {offset}, but certificates are from {position} to "
                    + $"{bytes.Length}";
            }

            if (!_entries.TryAdd(guid, bytes.Slice((int)offset, (int)length)))
            {
                return $"entry {guid} of the certificate table occurs twice";
            }
        }

        return null;
    }
}
