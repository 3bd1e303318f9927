using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Simulation;

/// <summary>Issues quotes of version 3 as Intel's quoting enclave does: one attestation key, certified once, signs every quote.</summary>
internal sealed class SimulatedQuoteIssuer : IQuoteIssuer
{
    private const int SignedSize = DcapQuote.HeaderSize + SgxReportBody.Size;
    private const int AuthenticationDataSize = 32;
    private const ulong InitializedFlag = 0x01;
    private const ulong Mode64Flag = 0x04;
    private const ulong LegacyXfrm = 0x03;
    private const ushort QeProductId = 1;

    private readonly ECParameters _attestationKey;
    private readonly byte[] _signed;
    private readonly byte[] _certification;

    public SimulatedQuoteIssuer(SimulationMaterial material, AppMeasurement measurement, bool debug)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _attestationKey = key.ExportParameters(includePrivateParameters: true);
        _signed = new byte[SignedSize];
        WriteHeader(_signed);
        WriteBody(
            _signed.AsSpan(DcapQuote.HeaderSize),
            ReadId(measurement.UniqueId, nameof(AppMeasurement.UniqueId)),
            ReadId(measurement.SignerId, nameof(AppMeasurement.SignerId)),
            measurement.ProductId,
            measurement.SecurityVersion,
            debug);
        _certification = Certify(material, [.. _attestationKey.Q.X!, .. _attestationKey.Q.Y!]);
    }

    /// <inheritdoc />
    public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var quote = new byte[SignedSize + sizeof(uint) + DcapQuote.SignatureSize + _certification.Length];
        Span<byte> signed = quote.AsSpan(0, SignedSize);
        _signed.CopyTo(signed);
        reportData.CopyTo(signed[(DcapQuote.HeaderSize + SgxReportBody.ReportDataOffset)..]);
        Span<byte> rest = quote.AsSpan(SignedSize);
        BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)(rest.Length - sizeof(uint)));
        Sign(_attestationKey, signed, rest.Slice(sizeof(uint), DcapQuote.SignatureSize));
        _certification.CopyTo(rest[(sizeof(uint) + DcapQuote.SignatureSize)..]);
        return ValueTask.FromResult(Quote.FromRaw(quote));
    }

    /// <summary>All that follows the quote's signature: the attestation key, and why it may be believed.</summary>
    private static byte[] Certify(SimulationMaterial material, byte[] attestationKey)
    {
        byte[] authenticationData = RandomNumberGenerator.GetBytes(AuthenticationDataSize);
        var report = new byte[SgxReportBody.Size];
        WriteBody(
            report,
            SHA256.HashData("MarbleRun simulated quoting enclave"u8),
            SHA256.HashData("MarbleRun simulated quoting enclave signer"u8),
            QeProductId,
            DevelopmentAuthority.Svn,
            debug: false);
        DcapSignatures.HashAttestationKey(attestationKey, authenticationData, report.AsSpan(SgxReportBody.ReportDataOffset));
        var signature = new byte[DcapQuote.SignatureSize];
        Sign(material.PckKey, report, signature);

        byte[] chain = Encoding.ASCII.GetBytes(material.ChainPem);
        Span<byte> lengths = stackalloc byte[sizeof(ushort) + sizeof(ushort) + sizeof(uint)];
        BinaryPrimitives.WriteUInt16LittleEndian(lengths, AuthenticationDataSize);
        BinaryPrimitives.WriteUInt16LittleEndian(lengths[2..], DcapQuote.PemChainType);
        BinaryPrimitives.WriteUInt32LittleEndian(lengths[4..], (uint)chain.Length);
        return [.. attestationKey, .. report, .. signature, .. lengths[..2], .. authenticationData, .. lengths[2..], .. chain];
    }

    private static void WriteHeader(Span<byte> header)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(header, DcapQuote.SgxVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], DcapQuote.EcdsaP256KeyType);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], DevelopmentAuthority.Svn);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], DevelopmentAuthority.Svn);
        DcapQuote.IntelVendorId.CopyTo(header[12..]);
    }

    private static void WriteBody(Span<byte> body, byte[] mrEnclave, byte[] mrSigner, ushort productId, ushort securityVersion, bool debug)
    {
        body[..SgxReportBody.CpuSvnSize].Fill(DevelopmentAuthority.Svn);
        ulong flags = InitializedFlag | Mode64Flag | (debug ? SgxReportBody.DebugFlag : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(body[SgxReportBody.AttributesOffset..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(body[(SgxReportBody.AttributesOffset + sizeof(ulong))..], LegacyXfrm);
        mrEnclave.CopyTo(body[SgxReportBody.MrEnclaveOffset..]);
        mrSigner.CopyTo(body[SgxReportBody.MrSignerOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(body[SgxReportBody.ProductIdOffset..], productId);
        BinaryPrimitives.WriteUInt16LittleEndian(body[SgxReportBody.SecurityVersionOffset..], securityVersion);
    }

    private static void Sign(ECParameters key, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        using var ecdsa = ECDsa.Create(key);
        ecdsa.SignData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static byte[] ReadId(string hex, string name)
    {
        var id = new byte[SHA256.HashSizeInBytes];
        return hex.Length == 2 * id.Length && Convert.FromHexString(hex, id, out _, out _) == System.Buffers.OperationStatus.Done
            ? id
            : throw new ArgumentException($"The {name} of a measurement is {id.Length} bytes in hex, not \"{hex}\".", name);
    }
}
