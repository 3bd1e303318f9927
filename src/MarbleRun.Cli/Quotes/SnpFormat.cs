using System.Buffers;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Snp;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Quotes;

/// <summary>
/// Attestation reports of AMD SEV-SNP. Their certificates come from a folder with <c>vek.der</c>, <c>ask.der</c>, <c>ark.der</c>, and
/// optionally <c>crl.der</c>; from a bundle; or from AMD's Key Distribution Service or a mirror of it.
/// </summary>
internal sealed class SnpFormat : IEvidenceFormat
{
    private const string VekFile = "vek.der";

    public bool Recognizes(Quote quote) => SnpEvidence.Recognizes(quote);

    public async Task<IQuoteVerifier> CreateVerifierAsync(
        EvidenceTrust trust, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (trust.Simulation)
        {
            throw new InputException("The simulation creates quotes of SGX and TDX; this is a report of SEV-SNP. Omit --simulation.");
        }

        SnpTrustAnchor anchor = trust.TrustedRoot is { } root ? await ReadAnchorAsync(root, cancellationToken) : SnpTrustAnchor.Amd;
        if (trust.Collateral is { } source && CollateralAddress.TryRead(source, out Uri? address))
        {
            return new SnpReportVerifier(anchor, new KdsClient(address), timeProvider);
        }

        if (trust.Collateral is { } bundle
            && CommandEnvironment.Current.Resolve(bundle) is var path
            && Directory.Exists(path)
            && !File.Exists(Path.Combine(path, VekFile)))
        {
            return new SnpReportVerifier(anchor, CollateralBundle.Open(path), timeProvider);
        }

        SnpCollateral? collateral = trust.Collateral is { } folder ? await ReadCollateralAsync(folder, cancellationToken) : null;

        // A folder that the user named may lack AMD's revocation list; an existing list is checked. A list from the host never replaces it.
        return new SnpReportVerifier(anchor, collateral, timeProvider) { RequireRevocationList = collateral is null };
    }

    public QuoteExpectation Expect(Quote quote, bool debug) => new()
    {
        ReportData = ReadClaims(quote).Claims?.ReportData ?? ReportData.FromBytes(new byte[ReportData.Size]),
        Package = new PackageProperties { Debug = debug, Snp = new SnpProperties() },
    };

    public bool IsDebug(Quote quote) => ReadClaims(quote).Claims is { Debug: true };

    public void WriteClaims(Utf8JsonWriter writer, QuoteClaims claims)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var inner = new Utf8JsonWriter(json))
        {
            claims.Snp!.WriteTo(inner);
        }

        // The SDK writes a separate object; here its members are combined with others.
        using JsonDocument document = JsonDocument.Parse(json.WrittenMemory);
        foreach (JsonProperty member in document.RootElement.EnumerateObject())
        {
            member.WriteTo(writer);
        }
    }

    public bool TryWriteContent(Utf8JsonWriter writer, Quote quote, out string? fault)
    {
        Verdict verdict = ReadClaims(quote);
        if (verdict.Claims is not { } claims)
        {
            fault = verdict.Summary;
            return false;
        }

        fault = null;
        writer.WriteString("kind", "snp");
        writer.WriteNumber("size", quote.RawData.Length);
        writer.WriteStartObject("report");
        WriteClaims(writer, claims);
        writer.WriteEndObject();
        return true;
    }

    /// <summary>Returns the claims of the report: a verdict without certificates contains only these.</summary>
    private static Verdict ReadClaims(Quote quote)
    {
        var expectation = new QuoteExpectation
        {
            ReportData = ReportData.FromBytes(new byte[ReportData.Size]),
            Package = new PackageProperties { Snp = new SnpProperties() },
        };

        // Nothing is fetched, so the call completes synchronously.
        return new SnpReportVerifier(SnpTrustAnchor.Amd, timeProvider: TimeProvider.System)
            .VerifyAsync(quote, expectation).AsTask().GetAwaiter().GetResult();
    }

    private static async Task<SnpCollateral> ReadCollateralAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(CommandEnvironment.Current.Resolve(folder)))
        {
            throw new InputException($"The collateral {folder} is not a folder. "
                + "Specify a folder with vek.der, ask.der and ark.der, a bundle, or the URL of AMD's Key Distribution Service.");
        }

        return new SnpCollateral
        {
            Vek = await ReadPartAsync(folder, VekFile, cancellationToken),
            Ask = await ReadPartAsync(folder, "ask.der", cancellationToken),
            Ark = await ReadPartAsync(folder, "ark.der", cancellationToken),
            RevocationList = await ReadPartAsync(folder, "crl.der", cancellationToken),
        };
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadPartAsync(string folder, string name, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(CommandEnvironment.Current.Resolve(path)))
        {
            return null;
        }

        return await InputFile.ReadAsync(path, "collateral", cancellationToken);
    }

    private static async Task<SnpTrustAnchor> ReadAnchorAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes = await InputFile.ReadAsync(path, "trusted root", cancellationToken);
        string text = Encoding.ASCII.GetString(bytes);
        try
        {
            return SnpTrustAnchor.FromCertificate(PemText.TryFind(text, out _, out byte[]? der) ? der : bytes);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InputException($"The trusted root {path} is not a root certificate in AMD's format: {e.Message}", e);
        }
    }
}
