using System.Buffers.Binary;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation;

/// <summary>
/// Evidence that a platform signed: the running code and its report data (<see cref="ReportData"/>).
/// Its content is not verified; use an <see cref="IQuoteVerifier"/>.
/// </summary>
/// <remarks>
/// On the wire a quote is preceded by the 16-byte header of Open Enclave evidence, little-endian:
/// <code>
/// offset 0   4 bytes   version, 1
/// offset 4   4 bytes   type, 2 (SGX remote report)
/// offset 8   8 bytes   length of the quote that follows
/// </code>
/// </remarks>
public sealed class Quote
{
    private const int HeaderSize = 16;
    private const uint HeaderVersion = 1;
    private const uint HeaderType = 2;

    private readonly byte[] _bytes;

    private Quote(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.ToArray();
    }

    /// <summary>The quote's bytes, without the evidence header.</summary>
    public ReadOnlyMemory<byte> RawData => _bytes;

    /// <summary>True if there is no evidence. A Marble without a trusted execution environment sends an empty quote.</summary>
    public bool IsEmpty => _bytes.Length == 0;

    /// <summary>Creates a quote from the bytes of the platform, without the evidence header.</summary>
    /// <param name="rawData">Any bytes; they are copied.</param>
    public static Quote FromRaw(ReadOnlySpan<byte> rawData) => new(rawData);

    /// <summary>Creates a quote from the bytes on the wire, with or without the evidence header.</summary>
    /// <param name="evidence">Any bytes; they are copied. A header with a wrong length is kept, so that the verifier refuses it.</param>
    public static Quote FromEvidence(ReadOnlySpan<byte> evidence) =>
        HasHeader(evidence) ? new Quote(evidence[HeaderSize..]) : new Quote(evidence);

    /// <summary>The bytes for the wire: the evidence header and the quote; empty if <see cref="IsEmpty"/>.</summary>
    public byte[] ToEvidence()
    {
        if (IsEmpty)
        {
            return [];
        }

        var evidence = new byte[HeaderSize + _bytes.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(evidence, HeaderVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(evidence.AsSpan(4), HeaderType);
        BinaryPrimitives.WriteUInt64LittleEndian(evidence.AsSpan(8), (ulong)_bytes.Length);
        _bytes.CopyTo(evidence.AsSpan(HeaderSize));
        return evidence;
    }

    /// <summary>Returns the length; a quote is public, but too long for a log.</summary>
    public override string ToString() => $"quote of {_bytes.Length} bytes";

    private static bool HasHeader(ReadOnlySpan<byte> evidence) =>
        evidence.Length > HeaderSize
        && BinaryPrimitives.ReadUInt32LittleEndian(evidence) == HeaderVersion
        && BinaryPrimitives.ReadUInt32LittleEndian(evidence[4..]) == HeaderType
        && BinaryPrimitives.ReadUInt64LittleEndian(evidence[8..]) == (ulong)(evidence.Length - HeaderSize);
}
