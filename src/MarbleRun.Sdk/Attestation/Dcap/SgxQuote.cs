using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Attestation.Dcap;

/// <summary>An SGX quote of version 3, cut into its parts; nothing of it is believed yet (Intel SGX ECDSA Quote Library API, A.4 "Quote Format").</summary>
/// <remarks>
/// <code>
/// offset    0    48 bytes   header: u16 version 3, u16 attestation key type 2 (ECDSA P-256), u32 TEE type 0, u16 QE SVN, u16 PCE SVN,
///                           16 bytes QE vendor, 20 bytes user data
/// offset   48   384 bytes   report body of the enclave
/// offset  432     4 bytes   length of the signature data that follows
/// offset  436    64 bytes   signature by the attestation key over header and body, r then s, big-endian
/// offset  500    64 bytes   attestation key, x then y, big-endian
/// offset  564   384 bytes   report body of the quoting enclave
/// offset  948    64 bytes   signature by the PCK over the quoting enclave's report
/// offset 1012     2 bytes   length, then the quoting enclave's authentication data
///                 6 bytes   u16 certification data type, u32 length, then the certification data
/// </code>
/// </remarks>
internal sealed class SgxQuote
{
    public const int HeaderSize = 48;
    public const int SignedSize = HeaderSize + SgxReportBody.Size;
    public const int SignatureSize = 64;
    public const int KeySize = 64;
    public const ushort Version = 3;
    public const ushort EcdsaP256KeyType = 2;
    public const ushort PemChainType = 5;

    private const int LengthOffset = SignedSize;
    private const int SignatureDataOffset = LengthOffset + 4;
    private const int AttestationKeyOffset = SignatureDataOffset + SignatureSize;
    private const int QeReportOffset = AttestationKeyOffset + KeySize;
    private const int QeSignatureOffset = QeReportOffset + SgxReportBody.Size;
    private const int QeAuthenticationOffset = QeSignatureOffset + SignatureSize;
    private const int SmallestSize = QeAuthenticationOffset + 2 + 6;

    private readonly ReadOnlyMemory<byte> _bytes;

    private SgxQuote(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
    }

    /// <summary>The vendor id of Intel's quoting enclave, 939A7233-F79C-4CA9-940A-0DB3957F0607 in the order of the bytes.</summary>
    public static ReadOnlySpan<byte> IntelVendorId => [0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07];

    /// <summary>Header and body, which the attestation key signs.</summary>
    public ReadOnlySpan<byte> Signed => _bytes.Span[..SignedSize];

    public SgxReportBody Body => new(_bytes.Span[HeaderSize..]);

    public ReadOnlySpan<byte> Signature => _bytes.Span.Slice(SignatureDataOffset, SignatureSize);

    public ReadOnlySpan<byte> AttestationKey => _bytes.Span.Slice(AttestationKeyOffset, KeySize);

    public ReadOnlySpan<byte> QeReport => _bytes.Span.Slice(QeReportOffset, SgxReportBody.Size);

    public ReadOnlySpan<byte> QeSignature => _bytes.Span.Slice(QeSignatureOffset, SignatureSize);

    public ReadOnlyMemory<byte> QeAuthenticationData { get; private init; }

    public ushort CertificationType { get; private init; }

    public ReadOnlyMemory<byte> CertificationData { get; private init; }

    /// <summary>Cuts a quote into its parts; every length is checked before it is used.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SgxQuote? quote, [NotNullWhen(false)] out CheckFailure? failure)
    {
        quote = null;
        ReadOnlySpan<byte> span = bytes.Span;
        failure = CheckHeader(span) ?? CheckSignatureLength(span);
        if (failure is not null)
        {
            return false;
        }

        // The length fits an int: it was compared with what is there.
        int end = SignatureDataOffset + (int)BinaryPrimitives.ReadUInt32LittleEndian(span[LengthOffset..]);
        int authenticationLength = BinaryPrimitives.ReadUInt16LittleEndian(span[QeAuthenticationOffset..]);
        int certificationOffset = QeAuthenticationOffset + 2 + authenticationLength;
        if (certificationOffset + 6 > end)
        {
            failure = CheckFailure.Malformed("quoting enclave authentication data within the signature data", $"a length of {authenticationLength} bytes");
            return false;
        }

        uint certificationLength = BinaryPrimitives.ReadUInt32LittleEndian(span[(certificationOffset + 2)..]);
        int remaining = end - (certificationOffset + 6);
        if (certificationLength != remaining)
        {
            failure = CheckFailure.Malformed($"certification data that fills the remaining {remaining} bytes", $"a length of {certificationLength} bytes");
            return false;
        }

        quote = new SgxQuote(bytes)
        {
            QeAuthenticationData = bytes.Slice(QeAuthenticationOffset + 2, authenticationLength),
            CertificationType = BinaryPrimitives.ReadUInt16LittleEndian(span[certificationOffset..]),
            CertificationData = bytes.Slice(certificationOffset + 6, remaining),
        };
        return true;
    }

    private static CheckFailure? CheckHeader(ReadOnlySpan<byte> span)
    {
        if (span.IsEmpty)
        {
            return new CheckFailure(VerdictReason.Malformed, null, "empty report")
            {
                Remedy = "There is no evidence at all: run the service in a trusted execution environment, or both sides in simulation.",
            };
        }

        if (span.Length < HeaderSize)
        {
            return CheckFailure.Malformed($"a header of {HeaderSize} bytes", $"{span.Length} bytes");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(span);
        ushort keyType = BinaryPrimitives.ReadUInt16LittleEndian(span[2..]);
        uint teeType = BinaryPrimitives.ReadUInt32LittleEndian(span[4..]);
        if (version != Version)
        {
            string found = $"version {version}";
            return version is 4 or 5 ? CheckFailure.Unsupported("quote version 3", found) : CheckFailure.Malformed("quote version 3", found);
        }

        if (keyType != EcdsaP256KeyType)
        {
            return CheckFailure.Unsupported("attestation key type 2 (ECDSA P-256)", $"type {keyType}");
        }

        if (teeType != 0)
        {
            return CheckFailure.Malformed("TEE type 0 (SGX), the only one of version 3", $"type 0x{teeType:x}");
        }

        ReadOnlySpan<byte> vendor = span.Slice(12, 16);
        return vendor.SequenceEqual(IntelVendorId)
            ? null
            : CheckFailure.Unsupported($"quoting enclave vendor {Convert.ToHexStringLower(IntelVendorId)} (Intel)", Convert.ToHexStringLower(vendor));
    }

    private static CheckFailure? CheckSignatureLength(ReadOnlySpan<byte> span)
    {
        if (span.Length < SmallestSize)
        {
            return CheckFailure.Malformed($"at least {SmallestSize} bytes", $"{span.Length} bytes");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(span[LengthOffset..]);
        int available = span.Length - SignatureDataOffset;
        if (length < SmallestSize - SignatureDataOffset || length > (uint)available)
        {
            return CheckFailure.Malformed(
                $"signature data of {SmallestSize - SignatureDataOffset} bytes at least and {available}, which follow, at most",
                $"a length of {length} bytes");
        }

        // Quotes travel in buffers of fixed size: zeros may follow, nothing else.
        int trailing = span[(SignatureDataOffset + (int)length)..].IndexOfAnyExcept((byte)0);
        return trailing < 0 ? null : CheckFailure.Malformed("only zeros after the quote", $"another byte {trailing + 1} bytes after its end");
    }
}
