using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Fuzz;

/// <summary>Quotes of SGX and TDX, and the certificates in them.</summary>
internal static class DcapTargets
{
    // The sizes of a header, of a report after it (without TD report 1.5) and of what version 5 puts between them.
    private const int HeaderSize = 48;
    private const int TypeAndLengthSize = 6;
    private const int TdReportSize = 584;

    // All of it is asked for, and none of it is what any quote says.
    private static readonly PackageProperties s_package = new()
    {
        SecurityVersion = 0,
        AcceptedAdvisories = ["INTEL-SA-00000"],
        AcceptedTcbStatuses = ["SWHardeningNeeded", "OutOfDate"],
        Tdx = new TdxProperties { MinimumTeeTcbSvn = new string('0', 32), MrTd = new string('f', 96) },
        UniqueId = new string('0', 64),
    };

    private static readonly ECDsa s_attestationKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly Lazy<DcapQuoteVerifier> s_sgx = new(
        () => new DcapQuoteVerifier(Simulated.Platform.TrustAnchor, Simulated.SgxCollateral, TimeProvider.System));
    private static readonly Lazy<DcapQuoteVerifier> s_tdx = new(
        () => new DcapQuoteVerifier(Simulated.Platform.TrustAnchor, Simulated.TdxCollateral, TimeProvider.System));
    private static readonly Lazy<byte[]> s_certification = new(Certify);

    public static IReadOnlyList<Target> All { get; } =
    [
        new(
            "quote",
            input => Verify(s_sgx.Value, Quote.FromEvidence(input)),
            () => [Simulated.SgxQuote, Quote.FromRaw(Simulated.SgxQuote).ToEvidence()]),
        new("tdx", input => Verify(s_tdx.Value, Quote.FromEvidence(input)), () => [Simulated.TdxQuote, Version5(Simulated.TdxQuote)]),
        new(
            "quote-signed",
            VerifySigned,
            () => [SignedPart(Simulated.SgxQuote), SignedPart(Simulated.TdxQuote), SignedPart(Version5(Simulated.TdxQuote))]),
        new("pck-chain", VerifyChain, () => [Encoding.ASCII.GetBytes(Simulated.Material.ChainPem)]),
        new("certificate", ReadCertificate, () => [.. Certificates.Select(c => c.Der.ToArray())]),
        new(
            "pem",
            input => PemCertificates.TryRead(input, out _, out _),
            () => [Encoding.ASCII.GetBytes(Simulated.Material.ChainPem), Simulated.Signer.Chain]),
        new("pck-extension", input => PckExtension.TryParse(input, out _, out _), () => [Simulated.PckExtension.ToArray()]),
    ];

    private static Certificate[] Certificates =>
        [Simulated.Material.Chain.Leaf, Simulated.Material.Chain.Authority, Simulated.Material.Chain.Root];

    /// <summary>Judges a quote by an expectation that none can meet.</summary>
    public static void Verify(DcapQuoteVerifier verifier, Quote quote, ReportData? reportData = null)
    {
        var expectation = new QuoteExpectation { ReportData = reportData ?? Simulated.ReportData, Package = s_package };
        Verdict verdict = verifier.VerifyAsync(quote, expectation).AsTask().GetAwaiter().GetResult();
        if (verdict.IsAccepted)
        {
            throw new InvalidOperationException("Unexpected code was accepted.");
        }

        _ = verdict.ToString();
        _ = DcapQuoteContent.TryRead(quote, out _, out _);
    }

    /// <summary>
    /// Whatever header and report say is signed as a quoting enclave would, so that all checks behind the signature are reached.
    /// </summary>
    private static void VerifySigned(byte[] input)
    {
        byte[] certification = s_certification.Value;
        bool isWrapped = input.Length > 0 && input[0] > 3;
        byte[] key = Point(s_attestationKey);
        byte[] rest = isWrapped ? [.. key, 6, 0, .. UInt32(certification.Length), .. certification] : [.. key, .. certification];
        byte[] signature = s_attestationKey.SignData(input, HashAlgorithmName.SHA256);
        byte[] quote = [.. input, .. UInt32(signature.Length + rest.Length), .. signature, .. rest];
        bool isTdx = input.Length > 4 && input[4] == 0x81;
        int at = HeaderSize + (input.Length > 0 && input[0] == 5 ? TypeAndLengthSize : 0) + (isTdx ? 520 : 320);
        ReportData? reportData = at + ReportData.Size <= input.Length ? ReportData.FromBytes(input.AsSpan(at, ReportData.Size)) : null;
        Verify(isTdx ? s_tdx.Value : s_sgx.Value, Quote.FromRaw(quote), reportData);
    }

    private static void VerifyChain(byte[] input)
    {
        byte[] quote = Simulated.SgxQuote;
        int end = quote.AsSpan().IndexOf("-----BEGIN"u8);
        byte[] changed = [.. quote.AsSpan(0, end), .. input];
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(end - 4), input.Length);
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(432), changed.Length - 436);
        Verify(s_sgx.Value, Quote.FromRaw(changed));
    }

    private static void ReadCertificate(byte[] input)
    {
        if (!Certificate.TryParse(input, IntelCertificates.Profile, out Certificate? certificate, out _))
        {
            return;
        }

        _ = certificate.SubjectText;
        _ = certificate.IssuerText;
        _ = CertificatePath.CheckAuthority(certificate, 0);
        _ = CertificatePath.CheckValidity([certificate], DateTimeOffset.UtcNow);
        if (certificate.Extensions.Others.TryGetValue(PckExtension.Oid, out ReadOnlyMemory<byte> extension))
        {
            _ = PckExtension.TryParse(extension, out _, out _);
        }
    }

    private static byte[] SignedPart(byte[] quote) =>
        quote[0] == 3 ? quote[..432] : quote[..(HeaderSize + TdReportSize + (quote[0] == 5 ? TypeAndLengthSize + 64 : 0))];

    /// <summary>The same TD as a quote of version 5 with TD report 1.5, whose signature doesn't fit any more.</summary>
    private static byte[] Version5(byte[] quote)
    {
        int end = HeaderSize + TdReportSize;
        return
        [
            5,
            .. quote[1..HeaderSize],
            3,
            0,
            .. UInt32(TdReportSize + 64),
            .. quote[HeaderSize..end],
            1,
            1,
            1,
            .. new byte[61],
            .. quote[end..],
        ];
    }

    /// <summary>What follows the attestation key: why it may be believed.</summary>
    private static byte[] Certify()
    {
        byte[] report = SimulatedReport.QuotingEnclave(TeeType.Tdx);
        SHA256.HashData(Point(s_attestationKey)).CopyTo(report, 320);
        using var pck = ECDsa.Create(Simulated.Material.PckKey);
        byte[] chain = Encoding.ASCII.GetBytes(Simulated.Material.ChainPem);
        return [.. report, .. pck.SignData(report, HashAlgorithmName.SHA256), 0, 0, 5, 0, .. UInt32(chain.Length), .. chain];
    }

    private static byte[] Point(ECDsa key)
    {
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        return [.. point.X!, .. point.Y!];
    }

    private static byte[] UInt32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
