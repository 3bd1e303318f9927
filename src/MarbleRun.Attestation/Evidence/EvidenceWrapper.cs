using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MarbleRun.Attestation.Evidence;

/// <summary>
/// Evidence as a record of the Conceptual Message Wrapper (RFC 9999, CBOR form): <c>[ type, value, indicator ]</c>. The type is
/// <see cref="MediaType"/>, the value what <see cref="Quote.ToEvidence"/> makes, the indicator 4: evidence.
/// </summary>
/// <remarks>
/// It is written in the deterministic encoding of CBOR (RFC 8949, 4.2.1) and read only in this encoding: definite lengths, each in its
/// shortest form, nothing after the record. A record without an indicator is also accepted.
/// </remarks>
public static class EvidenceWrapper
{
    /// <summary>
    /// The type of the evidence: a header of Open Enclave, followed by a quote of SGX or TDX or a report of SEV-SNP. It is in the
    /// unregistered tree (RFC 6838, 3.4).
    /// </summary>
    public const string MediaType = "application/x.marblerun.evidence";

    /// <summary>The longest record that is read, in bytes: 64 KiB.</summary>
    public const int MaxLength = 64 * 1024;

    private const byte RecordOfTwo = 0x82;
    private const byte RecordOfThree = 0x83;
    private const byte ByteString = 2;
    private const byte TextString = 3;
    private const byte EvidenceIndicator = 4;

    /// <summary>Wraps evidence.</summary>
    /// <param name="quote">The evidence.</param>
    public static byte[] Wrap(Quote quote)
    {
        ArgumentNullException.ThrowIfNull(quote);
        using var record = new MemoryStream();
        record.WriteByte(RecordOfThree);
        Write(record, TextString, Encoding.ASCII.GetBytes(MediaType));
        Write(record, ByteString, quote.ToEvidence());
        record.WriteByte(EvidenceIndicator);
        return record.ToArray();
    }

    /// <summary>Reads a record.</summary>
    /// <param name="record">Any bytes.</param>
    /// <param name="quote">The evidence, not verified; null if it does not exist.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryUnwrap(ReadOnlySpan<byte> record, [NotNullWhen(true)] out Quote? quote, [NotNullWhen(false)] out string? fault)
    {
        quote = null;
        if (record.Length > MaxLength)
        {
            fault = $"it is longer than {MaxLength} bytes";
            return false;
        }

        if (record.IsEmpty || record[0] is not (RecordOfTwo or RecordOfThree))
        {
            fault = "it is not a CBOR record of the Conceptual Message Wrapper (RFC 9999)";
            return false;
        }

        bool hasIndicator = record[0] == RecordOfThree;
        record = record[1..];
        if (!TryRead(ref record, TextString, out ReadOnlySpan<byte> type) || !TryRead(ref record, ByteString, out ReadOnlySpan<byte> value))
        {
            fault = "its type or its value cannot be read";
            return false;
        }

        if (!type.SequenceEqual(Encoding.ASCII.GetBytes(MediaType)))
        {
            fault = $"it is not of the type {MediaType}";
            return false;
        }

        if (hasIndicator ? !record.SequenceEqual([EvidenceIndicator]) : !record.IsEmpty)
        {
            fault = "what stands behind its value is not the indicator of evidence";
            return false;
        }

        quote = Quote.FromEvidence(value);
        fault = quote.IsEmpty ? "it is empty" : null;
        return fault is null;
    }

    private static void Write(MemoryStream record, byte major, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)content.Length);
        (byte argument, int size) = content.Length switch
        {
            < 24 => ((byte)content.Length, 0),
            <= byte.MaxValue => ((byte)24, 1),
            <= ushort.MaxValue => ((byte)25, 2),
            _ => ((byte)26, 4),
        };
        record.WriteByte((byte)((major << 5) | argument));
        record.Write(length[^size..]);
        record.Write(content);
    }

    private static bool TryRead(ref ReadOnlySpan<byte> record, byte major, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (record.IsEmpty || record[0] >> 5 != major)
        {
            return false;
        }

        int argument = record[0] & 0x1f;
        int size = argument switch { < 24 => 0, 24 => 1, 25 => 2, 26 => 4, _ => -1 };
        if (size < 0 || record.Length < 1 + size)
        {
            return false;
        }

        uint length = size == 0 ? (uint)argument : 0;
        foreach (byte digit in record.Slice(1, size))
        {
            length = (length << 8) | digit;
        }

        // A length that fits a shorter form is not the deterministic encoding.
        bool isShortest = size switch { 0 => true, 1 => length >= 24, 2 => length > byte.MaxValue, _ => length > ushort.MaxValue };
        record = record[(1 + size)..];
        if (!isShortest || length > record.Length)
        {
            return false;
        }

        content = record[..(int)length];
        record = record[(int)length..];
        return true;
    }
}
