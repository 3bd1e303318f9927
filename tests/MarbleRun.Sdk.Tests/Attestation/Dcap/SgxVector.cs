using System.Globalization;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>One case of the SGX vectors.</summary>
internal sealed class SgxVector
{
    private readonly string _folder;
    private readonly JsonElement _expected;

    private SgxVector(string folder)
    {
        _folder = folder;
        _expected = AttestationVectors.Expected(folder);
        Quote = File.ReadAllBytes(Path.Combine(folder, "quote.bin"));
    }

    public byte[] Quote { get; }

    public JsonElement Expected => _expected;

    public string Verdict => _expected.GetProperty("verdict").GetString()!;

    /// <summary>All verdicts that are right.</summary>
    public HashSet<string> RightVerdicts =>
        [Verdict, .. _expected.GetProperty("also_acceptable").EnumerateArray().Select(v => v.GetString()!)];

    public string? VerdictOfEvidenceAlone =>
        _expected.TryGetProperty("verdict_if_collateral_not_required", out JsonElement verdict) ? verdict.GetString() : null;

    /// <summary>Expects exactly what the quote says of itself, so that nothing but the evidence decides.</summary>
    public QuoteExpectation Expectation(bool debug = false) => new()
    {
        ReportData = ReportData.FromBytes(Quote.Length < 432 ? new byte[64] : Quote[368..432]),
        Package = new PackageProperties { Debug = debug, UniqueId = Quote.Length < 432 ? null : Convert.ToHexStringLower(Quote[112..144]) },
    };

    public static SgxVector Load(string name) => new(AttestationVectors.Case("sgx", name));

    /// <summary>The revocation lists and, where the quote has none, the certificates of the case.</summary>
    public DcapCollateral? Collateral()
    {
        string path = Path.Combine(_folder, "collateral.json");
        if (!File.Exists(path))
        {
            return null;
        }

        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return new DcapCollateral
        {
            RootRevocationList = Hex(document.RootElement, "root_ca_crl"),
            PckRevocationList = Hex(document.RootElement, "pck_crl"),
            PckCertificateChain = document.RootElement.TryGetProperty("pck_certificate_chain", out JsonElement chain)
                ? Encoding.ASCII.GetBytes(chain.GetString()!)
                : null,
        };
    }

    public DcapQuoteVerifier Verifier(DcapCollateral? collateral, bool requiresCollateral)
    {
        DcapTrustAnchor anchor = _expected.GetProperty("trust_root").GetString() == "case"
            ? DcapTrustAnchor.FromCertificate(File.ReadAllBytes(Path.Combine(_folder, _expected.GetProperty("trust_root_file").GetString()!)))
            : DcapTrustAnchor.IntelSgx;
        DateTimeOffset time = DateTimeOffset.Parse(_expected.GetProperty("verification_time").GetString()!, CultureInfo.InvariantCulture);
        return new DcapQuoteVerifier(anchor, new FakeTimeProvider(time), collateral, requiresCollateral);
    }

    private static ReadOnlyMemory<byte>? Hex(JsonElement collateral, string name) =>
        collateral.TryGetProperty(name, out JsonElement value) ? Convert.FromHexString(value.GetString()!) : null;
}
