using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Snp;

/// <summary>One case of the SNP vectors.</summary>
internal sealed class SnpVector
{
    private readonly string _folder;

    private SnpVector(string folder)
    {
        _folder = folder;
        Expected = AttestationVectors.Expected(folder);
        Report = File.ReadAllBytes(Path.Combine(folder, "report.bin"));
    }

    public byte[] Report { get; }

    public JsonElement Expected { get; }

    public string Verdict => Expected.GetProperty("verdict").GetString()!;

    /// <summary>All verdicts that are right.</summary>
    public HashSet<string> RightVerdicts =>
        [Verdict, .. Expected.GetProperty("also_acceptable").EnumerateArray().Select(v => v.GetString()!)];

    public DateTimeOffset Time => Expected.TryGetProperty("verification_time", out JsonElement time) && time.GetString() is { } text
        ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture)
        : new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static SnpVector Load(string name) => new(AttestationVectors.Case("snp", name));

    /// <summary>Expects exactly what the report says of itself, so that nothing but the evidence decides.</summary>
    public QuoteExpectation Expectation(bool debug = false) => new()
    {
        ReportData = ReportData.FromBytes(Report.Length < 0x90 ? new byte[64] : Report[0x50..0x90]),
        Package = new PackageProperties
        {
            Debug = debug,
            Snp = new SnpProperties { Measurement = Report.Length < 0xc0 ? null : Convert.ToHexStringLower(Report[0x90..0xc0]) },
        },
    };

    public SnpCollateral Collateral() => new() { Vek = Read("vek.der"), Ask = Read("ask.der"), Ark = Read("ark.der") };

    public SnpTrustAnchor Anchor() => Expected.GetProperty("trust_root").GetString() == "case"
        ? SnpTrustAnchor.FromCertificate(File.ReadAllBytes(Path.Combine(_folder, Expected.GetProperty("trust_root_file").GetString()!)))
        : SnpTrustAnchor.Amd;

    /// <summary>No revocation list was kept with the cases.</summary>
    public SnpReportVerifier Verifier(SnpCollateral? collateral) =>
        new(Anchor(), collateral, new FakeTimeProvider(Time)) { RequireRevocationList = false };

    public static string Word(Verdict verdict) => verdict.Reason switch
    {
        VerdictReason.Accepted => "ok",
        VerdictReason.Malformed => "malformed",
        VerdictReason.Unsupported => "unsupported",
        VerdictReason.SignatureInvalid => "signature_invalid",
        VerdictReason.ChainUntrusted => "chain_untrusted",
        VerdictReason.Mismatch => "mismatch",
        VerdictReason.Revoked => "revoked",
        VerdictReason.CollateralMissing => "collateral_missing",
        VerdictReason.CollateralExpired => "collateral_expired",
        VerdictReason.Policy => "policy",
        _ => verdict.Reason.ToString(),
    };

    private ReadOnlyMemory<byte>? Read(string file)
    {
        string path = Path.Combine(_folder, file);
        return File.Exists(path) ? new ReadOnlyMemory<byte>(File.ReadAllBytes(path)) : null;
    }
}
