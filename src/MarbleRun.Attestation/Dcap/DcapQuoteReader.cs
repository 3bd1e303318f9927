using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Splits quotes into their parts from front to back. Every length is compared with the remaining bytes before it is used.
/// </summary>
internal ref struct DcapQuoteReader
{
    private const ushort SgxBodyType = 1;
    private const ushort TdReport10Type = 2;
    private const ushort TdReport15Type = 3;
    private const int VendorOffset = 12;

    private readonly ReadOnlyMemory<byte> _bytes;
    private int _position;
    private int _end;
    private CheckFailure? _failure;

    private DcapQuoteReader(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        _end = bytes.Length;
    }

    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out DcapQuote? quote, [NotNullWhen(false)] out CheckFailure? failure)
    {
        var reader = new DcapQuoteReader(bytes);
        quote = reader.Read();
        failure = quote is null ? reader._failure! : null;
        return quote is not null;
    }

    private DcapQuote? Read()
    {
        _failure = CheckHeader(_bytes.Span);
        if (_failure is not null)
        {
            return null;
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.Span);
        uint teeType = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span[4..]);
        TeeType tee = teeType == DcapQuote.TdxTeeType ? TeeType.Tdx : TeeType.Sgx;
        ReadOnlyMemory<byte> header = Take(DcapQuote.HeaderSize, "a header");
        ushort? bodyType = null;
        int bodySize = tee == TeeType.Tdx ? TdReportBody.Size : SgxReportBody.Size;
        if (version == DcapQuote.NewestVersion)
        {
            bodyType = ReadBodyType(tee, out bodySize);
        }

        ReadOnlyMemory<byte> body = Take(bodySize, "the report");
        int signedSize = _position;
        EnterSignatureData();
        ReadOnlyMemory<byte> signature = Take(DcapQuote.SignatureSize, "the quote's signature");
        ReadOnlyMemory<byte> attestationKey = Take(DcapQuote.KeySize, "the attestation key");
        if (version >= DcapQuote.TdxVersion)
        {
            EnterQeReportData();
        }

        ReadOnlyMemory<byte> qeReport = Take(SgxReportBody.Size, "the quoting enclave's report");
        ReadOnlyMemory<byte> qeSignature = Take(DcapQuote.SignatureSize, "the signature of the quoting enclave's report");
        ReadOnlyMemory<byte> authentication = Take(
            TakeUInt16("the length of the authentication data"), "the quoting enclave's authentication data");
        ushort certificationType = TakeUInt16("the certification data type");
        ReadOnlyMemory<byte> certification = TakeRest("certification data", "the length of the certification data");
        return _failure is not null
            ? null
            : new DcapQuote
            {
                Version = version,
                Tee = tee,
                Header = header,
                BodyType = bodyType,
                Body = body,
                Signed = _bytes[..signedSize],
                Signature = signature,
                AttestationKey = attestationKey,
                QeReport = qeReport,
                QeSignature = qeSignature,
                QeAuthenticationData = authentication,
                CertificationType = certificationType,
                CertificationData = certification,
            };
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

        if (span.Length > EvidenceLimits.MostBytes)
        {
            return EvidenceLimits.TooLarge(span.Length);
        }

        if (span.Length < DcapQuote.HeaderSize)
        {
            return CheckFailure.Malformed($"a header of {DcapQuote.HeaderSize} bytes", $"{span.Length} bytes");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(span);
        ushort keyType = BinaryPrimitives.ReadUInt16LittleEndian(span[2..]);
        uint teeType = BinaryPrimitives.ReadUInt32LittleEndian(span[4..]);
        if (version is < DcapQuote.SgxVersion or > DcapQuote.NewestVersion)
        {
            return OtherForm(span) is { } form
                ? CheckFailure.Malformed("a quote of version 3, 4 or 5, binary", form) with
                {
                    Remedy = "Decode it first; quote verify and EvidenceFile read such forms.",
                }
                : CheckFailure.Malformed("quote version 3, 4 or 5", $"version {version}");
        }

        if (keyType != DcapQuote.EcdsaP256KeyType)
        {
            return CheckFailure.Unsupported("attestation key type 2 (ECDSA P-256)", $"type {keyType}");
        }

        if (teeType != DcapQuote.SgxTeeType && (teeType != DcapQuote.TdxTeeType || version == DcapQuote.SgxVersion))
        {
            string known = version == DcapQuote.SgxVersion
                ? "TEE type 0 (SGX), the only one of version 3"
                : "TEE type 0 (SGX) or 0x81 (TDX)";
            return CheckFailure.Malformed(known, $"type 0x{teeType:x}");
        }

        ReadOnlySpan<byte> vendor = span.Slice(VendorOffset, IntelVendor.Id.Length);
        return vendor.SequenceEqual(IntelVendor.Id)
            ? null
            : CheckFailure.Unsupported(
                $"quoting enclave vendor {Convert.ToHexStringLower(IntelVendor.Id)} (Intel)", Convert.ToHexStringLower(vendor));
    }

    private static string? OtherForm(ReadOnlySpan<byte> span) =>
        TextForm.IsAzureHclReport(span) ? "an Azure HCL report" : TextForm.Describe(span);

    /// <summary>Reads the type and length of the body, which must match each other and the TEE type.</summary>
    private ushort ReadBodyType(TeeType tee, out int size)
    {
        ushort type = TakeUInt16("the type of the report");
        uint length = TakeUInt32("the length of the report");
        size = (tee, type) switch
        {
            (TeeType.Sgx, SgxBodyType) => SgxReportBody.Size,
            (TeeType.Tdx, TdReport10Type) => TdReportBody.Size,
            (TeeType.Tdx, TdReport15Type) => TdReportBody.Size15,
            _ => 0,
        };
        if (size == 0)
        {
            Fail(
                tee == TeeType.Tdx ? "a report of type 2 (TD report 1.0) or 3 (TD report 1.5)" : "a report of type 1 (SGX)",
                $"type {type}");
        }
        else if (length != (uint)size)
        {
            Fail($"a length of {size} bytes for a report of type {type}", $"{length} bytes");
        }

        return type;
    }

    private void EnterSignatureData()
    {
        uint length = TakeUInt32("the length of the signature data");
        int available = _end - _position;
        if (_failure is null && length > (uint)available)
        {
            Fail($"signature data of {available} bytes, which follow, at most", $"a length of {length} bytes");
        }

        if (_failure is not null)
        {
            return;
        }

        _end = _position + (int)length;

        // Quotes are sent in buffers of fixed size: only zeros can follow.
        int trailing = _bytes.Span[_end..].IndexOfAnyExcept((byte)0);
        if (trailing >= 0)
        {
            Fail("only zeros after the quote", $"another byte {trailing + 1} bytes after its end");
        }
    }

    private void EnterQeReportData()
    {
        ushort type = TakeUInt16("the certification data type");
        if (_failure is null && type != DcapQuote.QeReportType)
        {
            _failure = CheckFailure.Unsupported("certification data type 6 (quoting enclave report)", $"type {type}");
        }

        CheckLengthOfRest("quoting enclave report data", "the length of the quoting enclave report data");
    }

    // The names are constants, so that a good quote allocates nothing for them.
    private ReadOnlyMemory<byte> TakeRest(string what, string lengthOfIt)
    {
        CheckLengthOfRest(what, lengthOfIt);
        return Take(_end - _position, what);
    }

    private void CheckLengthOfRest(string what, string lengthOfIt)
    {
        uint length = TakeUInt32(lengthOfIt);
        int remaining = _end - _position;
        if (length != (uint)remaining)
        {
            Fail($"{what} that fills the remaining {remaining} bytes", $"a length of {length} bytes");
        }
    }

    private ushort TakeUInt16(string what) =>
        Take(sizeof(ushort), what) is { Length: sizeof(ushort) } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.Span) : (ushort)0;

    private uint TakeUInt32(string what) =>
        Take(sizeof(uint), what) is { Length: sizeof(uint) } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span) : 0;

    /// <summary>Reads the next bytes; returns none if there are too few, or after a failure.</summary>
    private ReadOnlyMemory<byte> Take(int size, string what)
    {
        if (_failure is not null)
        {
            return default;
        }

        int available = _end - _position;
        if (size > available)
        {
            Fail($"{size} bytes for {what} at offset {_position}", $"{available} bytes");
            return default;
        }

        ReadOnlyMemory<byte> taken = _bytes.Slice(_position, size);
        _position += size;
        return taken;
    }

    private void Fail(string expected, string found) => _failure ??= CheckFailure.Malformed(expected, found);
}
