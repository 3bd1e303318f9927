using System.Text;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Quotes;

/// <summary>Quotes of Intel SGX and Intel TDX.</summary>
internal sealed class DcapFormat : IEvidenceFormat
{
    // Evidence that no other format recognizes is verified as a quote, so that its verdict has the reason.
    public bool Recognizes(Quote quote) => true;

    public async Task<IQuoteVerifier> CreateVerifierAsync(
        EvidenceTrust trust, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        DcapTrustAnchor anchor = trust.Simulation ? CommandEnvironment.Current.OpenSimulation().TrustAnchor
            : trust.TrustedRoot is { } path ? await ReadAnchorAsync(path, cancellationToken)
            : DcapTrustAnchor.IntelSgx;
        return trust.Collateral is { } source
            ? await DcapCollateralSource.CreateVerifierAsync(source, anchor, timeProvider, cancellationToken)
            : new DcapQuoteVerifier(anchor, timeProvider: timeProvider);
    }

    public QuoteExpectation Expect(Quote quote, bool debug) => new()
    {
        ReportData = DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out _)
            ? content.Claims.ReportData
            : ReportData.FromBytes(new byte[ReportData.Size]),

        // Strict: a list that contains only UpToDate replaces the default, which accepts SWHardeningNeeded.
        Package = new PackageProperties { Debug = debug, AcceptedTcbStatuses = [nameof(TcbStatus.UpToDate)] },
    };

    public bool IsDebug(Quote quote) => DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out _) && content.Claims.Debug;

    public void WriteClaims(Utf8JsonWriter writer, QuoteClaims claims) => DcapClaimsJson.Write(writer, claims);

    public bool TryWriteContent(Utf8JsonWriter writer, Quote quote, out string? fault)
    {
        if (!DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out fault))
        {
            return false;
        }

        writer.WriteString("kind", content.Claims.Tee == TeeType.Tdx ? "tdx" : "sgx");
        writer.WriteNumber("size", content.Size);
        writer.WriteStartObject("header");
        writer.WriteNumber("version", content.Version);
        writer.WriteNumber("att_key_type", content.AttestationKeyType);
        writer.WriteNumber("tee_type", content.TeeTypeNumber);
        writer.WriteString("qe_vendor_id", content.QeVendorId);
        writer.WriteString("user_data", content.UserData);
        if (content.BodyType is { } type)
        {
            writer.WriteNumber("body_type", type);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("body");
        DcapClaimsJson.Write(writer, content.Claims);
        writer.WriteEndObject();
        writer.WriteStartObject("qe_report");
        DcapClaimsJson.Write(writer, content.QeReport);
        writer.WriteEndObject();
        writer.WriteString("qe_authentication_data", content.QeAuthenticationData);
        writer.WriteNumber("certification_data_type", content.CertificationDataType);
        if (content.Platform is { } platform)
        {
            PlatformJson.WritePck(writer, platform);
        }

        if (content.PckCertificateChain.Length > 0)
        {
            writer.WriteString("pck_certificate_chain", content.PckCertificateChain);
        }
        else
        {
            writer.WriteString("certification_data", Convert.ToHexStringLower(content.CertificationData.Span));
        }

        return true;
    }

    /// <summary>The root that a user specified. If it is that of a simulation, the user accepts software.</summary>
    /// <exception cref="ArgumentException">It is not a root certificate in Intel's form.</exception>
    public static DcapTrustAnchor ToAnchor(byte[] der)
    {
        DcapTrustAnchor anchor = DcapTrustAnchor.FromCertificate(der);
        return anchor.IsDevelopmentRoot ? DcapTrustAnchor.ForSimulation(der) : anchor;
    }

    private static async Task<DcapTrustAnchor> ReadAnchorAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes = await InputFile.ReadAsync(path, "trusted root", cancellationToken);
        string text = Encoding.ASCII.GetString(bytes);
        try
        {
            return ToAnchor(PemText.TryFind(text, out _, out byte[]? der) ? der : bytes);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InputException($"The trusted root {path} is not a root certificate: {e.Message}", e);
        }
    }
}
