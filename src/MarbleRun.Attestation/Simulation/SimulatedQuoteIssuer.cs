using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Simulation;

/// <summary>
/// Issues quotes as Intel's quoting enclaves do, of version 3 for enclaves and 4 for TDs: one attestation key, certified once, signs every
/// quote.
/// </summary>
internal sealed class SimulatedQuoteIssuer : IQuoteIssuer
{
    private const int AuthenticationDataSize = 32;
    private const int SvnOffset = 8;
    private const int VendorOffset = 12;

    private readonly ECParameters _attestationKey;
    private readonly byte[] _signed;
    private readonly int _reportDataOffset;
    private readonly byte[] _certification;

    public SimulatedQuoteIssuer(SimulationMaterial material, SimulatedReport report)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _attestationKey = key.ExportParameters(includePrivateParameters: true);
        _signed = [.. CreateHeader(report.Tee), .. report.Body];
        _reportDataOffset = DcapQuote.HeaderSize + report.ReportDataOffset;
        _certification = Certify(material, [.. _attestationKey.Q.X!, .. _attestationKey.Q.Y!], report.Tee);
    }

    /// <inheritdoc />
    public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var quote = new byte[_signed.Length + sizeof(uint) + DcapQuote.SignatureSize + _certification.Length];
        Span<byte> signed = quote.AsSpan(0, _signed.Length);
        _signed.CopyTo(signed);
        reportData.CopyTo(signed[_reportDataOffset..]);
        Span<byte> rest = quote.AsSpan(_signed.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)(rest.Length - sizeof(uint)));
        Sign(_attestationKey, signed, rest.Slice(sizeof(uint), DcapQuote.SignatureSize));
        _certification.CopyTo(rest[(sizeof(uint) + DcapQuote.SignatureSize)..]);
        return ValueTask.FromResult(Quote.FromRaw(quote));
    }

    /// <summary>The part after the quote's signature: the attestation key and its certification.</summary>
    private static byte[] Certify(SimulationMaterial material, byte[] attestationKey, TeeType tee)
    {
        byte[] authenticationData = RandomNumberGenerator.GetBytes(AuthenticationDataSize);
        byte[] report = SimulatedReport.QuotingEnclave(tee);
        DcapSignatures.HashAttestationKey(attestationKey, authenticationData, report.AsSpan(SgxReportBody.ReportDataOffset));
        var signature = new byte[DcapQuote.SignatureSize];
        Sign(material.PckKey, report, signature);

        byte[] chain = Encoding.ASCII.GetBytes(material.ChainPem);
        var authenticationLength = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(authenticationLength, AuthenticationDataSize);
        byte[] data =
        [
            .. report, .. signature, .. authenticationLength, .. authenticationData,
            .. CertificationHeader(DcapQuote.PemChainType, chain.Length), .. chain,
        ];
        return tee == TeeType.Tdx
            ? [.. attestationKey, .. CertificationHeader(DcapQuote.QeReportType, data.Length), .. data]
            : [.. attestationKey, .. data];
    }

    private static byte[] CertificationHeader(ushort type, int length)
    {
        var header = new byte[sizeof(ushort) + sizeof(uint)];
        BinaryPrimitives.WriteUInt16LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(sizeof(ushort)), (uint)length);
        return header;
    }

    private static byte[] CreateHeader(TeeType tee)
    {
        var header = new byte[DcapQuote.HeaderSize];
        BinaryPrimitives.WriteUInt16LittleEndian(header, tee == TeeType.Tdx ? DcapQuote.TdxVersion : DcapQuote.SgxVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(2), DcapQuote.EcdsaP256KeyType);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), tee == TeeType.Tdx ? DcapQuote.TdxTeeType : DcapQuote.SgxTeeType);
        if (tee == TeeType.Sgx)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(SvnOffset), DevelopmentAuthority.Svn);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(SvnOffset + sizeof(ushort)), DevelopmentAuthority.Svn);
        }

        IntelVendor.Id.CopyTo(header.AsSpan(VendorOffset));
        return header;
    }

    private static void Sign(ECParameters key, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        using var ecdsa = ECDsa.Create(key);
        ecdsa.SignData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
