using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>One case of the SGX or TDX vectors.</summary>
internal sealed class DcapVector
{
    private readonly string _folder;
    private readonly JsonElement _expected;

    private DcapVector(string folder)
    {
        _folder = folder;
        _expected = AttestationVectors.Expected(folder);
        Quote = File.ReadAllBytes(Path.Combine(folder, "quote.bin"));
    }

    public static ImmutableArray<string> Kinds { get; } = ["sgx", "tdx"];

    public byte[] Quote { get; }

    public JsonElement Expected => _expected;

    public bool IsTdx => _expected.GetProperty("kind").GetString() == "tdx";

    public string Verdict => _expected.GetProperty("verdict").GetString()!;

    /// <summary>All verdicts that are right.</summary>
    public HashSet<string> RightVerdicts =>
        [Verdict, .. _expected.GetProperty("also_acceptable").EnumerateArray().Select(v => v.GetString()!)];

    public string? VerdictOf(string name) => _expected.TryGetProperty(name, out JsonElement verdict) ? verdict.GetString() : null;

    /// <summary>The names of all cases of both kinds whose expected.json fits, with their kind in front.</summary>
    public static TheoryData<string> Names(Func<JsonElement, bool> fits) =>
        [.. Kinds.SelectMany(k => AttestationVectors.Names(k, fits).Select(row => $"{k}/{row.Data}"))];

    public static DcapVector Load(string name)
    {
        string[] parts = name.Split('/');
        return new DcapVector(AttestationVectors.Case(parts[0], parts[1]));
    }

    /// <summary>Expects exactly what the quote says of itself, so that nothing but the evidence and its collateral decides.</summary>
    public QuoteExpectation Expectation(bool debug = false)
    {
        int body = Quote.Length > 2 && BinaryPrimitives.ReadUInt16LittleEndian(Quote) == 5 ? 54 : 48;
        int reportData = body + (IsTdx ? 520 : 320);
        bool isWhole = Quote.Length >= reportData + 64;
        string? measurement = isWhole
            ? Convert.ToHexStringLower(IsTdx ? Quote[(body + 136)..(body + 184)] : Quote[(body + 64)..(body + 96)])
            : null;
        string? attributes = isWhole ? Convert.ToHexStringLower(Quote[(body + 120)..(body + 128)]) : null;
        return new QuoteExpectation
        {
            ReportData = ReportData.FromBytes(isWhole ? Quote[reportData..(reportData + 64)] : new byte[64]),
            Package = new PackageProperties
            {
                Debug = debug,
                UniqueId = IsTdx ? null : measurement,
                Tdx = IsTdx ? new TdxProperties { MrTd = measurement, TdAttributes = attributes } : null,
                AcceptedTcbStatuses = ["UpToDate"],
            },
        };
    }

    public DcapCollateral? Collateral()
    {
        string path = Path.Combine(_folder, "collateral.json");
        return File.Exists(path) ? DcapCollateral.FromJson(File.ReadAllBytes(path)) : null;
    }

    public DcapQuoteVerifier Verifier(DcapCollateral? collateral, bool requiresCollateral = true)
    {
        DcapTrustAnchor anchor = _expected.GetProperty("trust_root").GetString() == "case"
            ? DcapTrustAnchor.FromCertificate(
                File.ReadAllBytes(Path.Combine(_folder, _expected.GetProperty("trust_root_file").GetString()!)))
            : DcapTrustAnchor.IntelSgx;
        DateTimeOffset time = DateTimeOffset.Parse(_expected.GetProperty("verification_time").GetString()!, CultureInfo.InvariantCulture);
        return new DcapQuoteVerifier(anchor, new FakeTimeProvider(time), collateral, requiresCollateral);
    }

    public async Task<Verdict> JudgeAsync(byte[]? quote = null, bool debug = false, bool requiresCollateral = true) =>
        await Verifier(requiresCollateral ? Collateral() : null, requiresCollateral)
            .VerifyAsync(MarbleRun.Attestation.Quote.FromRaw(quote ?? Quote), Expectation(debug), TestContext.Current.CancellationToken);
}
