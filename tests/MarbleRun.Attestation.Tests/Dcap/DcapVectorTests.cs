using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>Every SGX and TDX vector: verdict, claims, TCB status and advisories.</summary>
public sealed class DcapVectorTests
{
    public static TheoryData<string> Cases => DcapVector.Names(e => !e.TryGetProperty("sweep", out _));

    public static TheoryData<string> CasesOfEvidenceAlone =>
        DcapVector.Names(e => e.TryGetProperty("verdict_if_collateral_not_required", out _));

    public static TheoryData<string> CasesOfDebug => DcapVector.Names(e => e.TryGetProperty("verdict_if_debug_allowed", out _));

    public static TheoryData<string> CasesWithTcb => DcapVector.Names(e => e.TryGetProperty("tcb", out _));

    public static TheoryData<string> CasesWithFields =>
        DcapVector.Names(e => e.TryGetProperty("fields", out JsonElement f) && f.TryGetProperty("body", out _));

    public static TheoryData<string> Sweeps => DcapVector.Names(e => e.TryGetProperty("sweep", out _));

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Security", "A1")]
    [Trait("Security", "A2")]
    [Trait("Security", "A3")]
    [Trait("Security", "A4")]
    [Trait("Security", "A5")]
    [Trait("Security", "A6")]
    [Trait("Security", "A7")]
    [Trait("Security", "A8")]
    [Trait("Security", "A11")]
    [Trait("Security", "A12")]
    [Trait("Security", "A14")]
    [Trait("Security", "A15")]
    [Trait("Security", "A16")]
    [Trait("Security", "A18")]
    public async Task Verify_Case_GivesExpectedVerdict(string name)
    {
        DcapVector vector = DcapVector.Load(name);

        Verdict verdict = await vector.JudgeAsync();

        Assert.True(
            vector.RightVerdicts.Contains(Word(verdict)),
            $"{Word(verdict)} is not one of [{string.Join(", ", vector.RightVerdicts)}]:\n{verdict}");
        Assert.Equal(vector.Verdict == "ok" && Word(verdict) == "ok", verdict.IsAccepted);
    }

    [Theory]
    [MemberData(nameof(CasesOfEvidenceAlone))]
    [Trait("Security", "A1")]
    [Trait("Security", "A2")]
    [Trait("Security", "A14")]
    public async Task Verify_EvidenceAlone_GivesExpectedVerdictAndNothingPassesWithoutCollateral(string name)
    {
        DcapVector vector = DcapVector.Load(name);

        Verdict alone = await vector.JudgeAsync(requiresCollateral: false);
        Verdict required = await vector.Verifier(collateral: null)
            .VerifyAsync(Quote.FromRaw(vector.Quote), vector.Expectation(), TestContext.Current.CancellationToken);

        Assert.Equal(vector.VerdictOf("verdict_if_collateral_not_required"), Word(alone));
        Assert.Equal(alone.IsAccepted ? VerdictReason.CollateralMissing : alone.Reason, required.Reason);
    }

    [Theory]
    [MemberData(nameof(CasesOfDebug))]
    [Trait("Security", "A16")]
    public async Task Verify_DebugAllowed_GivesExpectedVerdict(string name)
    {
        DcapVector vector = DcapVector.Load(name);

        Verdict verdict = await vector.JudgeAsync(debug: true);

        Assert.Equal(vector.VerdictOf("verdict_if_debug_allowed"), Word(verdict));
    }

    [Theory]
    [MemberData(nameof(CasesWithTcb))]
    [Trait("Security", "A8")]
    public async Task Verify_Tcb_FindsExpectedLevels(string name)
    {
        DcapVector vector = DcapVector.Load(name);
        JsonElement tcb = vector.Expected.GetProperty("tcb");

        QuoteClaims claims = Assert.IsType<QuoteClaims>(
            (await vector.JudgeAsync(debug: vector.VerdictOf("policy_reason") == "debug")).Claims);

        DcapPlatform platform = Assert.IsType<DcapPlatform>(claims.Platform);
        Assert.Contains($"tcb_{Status(claims.TcbStatus)}".Replace("tcb_UpToDate", "ok", StringComparison.Ordinal), Words(vector, tcb));
        Assert.Equal(tcb.GetProperty("tcb_evaluation_data_number").GetInt32(), platform.TcbEvaluationDataNumber);
        if (!tcb.TryGetProperty("advisory_ids", out _))
        {
            Assert.Equal(TcbStatus.NotSupported, claims.TcbStatus);
            return;
        }

        Assert.Equal(Advisories(tcb), claims.Advisories.Order(StringComparer.Ordinal));
        AssertLevel(tcb, "platform", platform.PlatformTcb);
        AssertLevel(tcb, "qe", platform.QeTcb);
        AssertLevel(tcb, "tdx_module", platform.TdxModuleTcb);
    }

    [Theory]
    [MemberData(nameof(CasesWithFields))]
    public void Parse_Fields_AreAsExpected(string name)
    {
        DcapVector vector = DcapVector.Load(name);
        JsonElement body = vector.Expected.GetProperty("fields").GetProperty("body");
        if (!DcapQuote.TryParse(vector.Quote, out DcapQuote? quote, out CheckFailure? failure))
        {
            Assert.True(vector.RightVerdicts.Contains("malformed") || vector.RightVerdicts.Contains("unsupported"), failure.Found);
            return;
        }

        Dictionary<string, string> found = QuoteFields.Of(quote.ToClaims());
        foreach (JsonProperty field in body.EnumerateObject())
        {
            string expected = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : field.Value.GetRawText();
            Assert.Equal(expected, found.GetValueOrDefault(field.Name));
        }
    }

    [Theory]
    [MemberData(nameof(Sweeps))]
    [Trait("Security", "A18")]
    public async Task Verify_Sweep_RefusesEveryInput(string name)
    {
        DcapVector vector = DcapVector.Load(name);
        DcapQuoteVerifier verifier = vector.Verifier(vector.Collateral());
        int inputs = 0;
        foreach ((byte[] quote, bool isCut, string change) in AttestationVectors.Sweep(vector.Expected, vector.Quote))
        {
            // A strict TCB policy would refuse an outdated platform's quote whatever its bytes; the sweep must fail for its own reason.
            Verdict verdict = await verifier.VerifyAsync(Quote.FromRaw(quote), vector.Expectation(), TestContext.Current.CancellationToken);

            Assert.False(
                verdict.IsAccepted || verdict.Reason == VerdictReason.TcbStatus, $"{change}: {verdict}");
            Assert.True(!isCut || verdict.Reason == VerdictReason.Malformed, $"{change}: {verdict}");
            inputs++;
        }

        Assert.True(inputs > 100);
    }

    private static string Word(Verdict verdict) => verdict.Reason switch
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
        VerdictReason.TcbStatus => $"tcb_{Status(verdict.Claims!.TcbStatus)}",
        _ => verdict.Reason.ToString(),
    };

    private static string Status(TcbStatus status) => status.ToString();

    private static HashSet<string> Words(DcapVector vector, JsonElement tcb)
    {
        string status = tcb.GetProperty("status").GetString()!;
        return
        [
            status == "UpToDate" ? "ok" : $"tcb_{status}",
            .. vector.RightVerdicts.Where(v => v.StartsWith("tcb_", StringComparison.Ordinal)),
        ];
    }

    private static IEnumerable<string> Advisories(JsonElement level) =>
        level.GetProperty("advisory_ids").EnumerateArray().Select(a => a.GetString()!).Order(StringComparer.Ordinal);

    private static void AssertLevel(JsonElement tcb, string name, TcbLevelClaims? found)
    {
        if (!tcb.TryGetProperty(name, out JsonElement level) || level.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(found);
            return;
        }

        Assert.NotNull(found);
        string status = level.GetProperty("status").GetString()!;
        Assert.Equal(Enum.IsDefined(typeof(TcbStatus), status) ? status : "Unrecognized", Status(found.Status));
        Assert.Equal(Advisories(level), found.Advisories.Order(StringComparer.Ordinal));
        Assert.Equal(level.GetProperty("date").GetDateTimeOffset(), found.Date);
    }
}
