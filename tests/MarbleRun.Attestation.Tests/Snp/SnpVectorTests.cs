using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Snp;

/// <summary>Every SNP vector.</summary>
public sealed class SnpVectorTests
{
    public static TheoryData<string> Cases => AttestationVectors.Names("snp", e => !e.TryGetProperty("sweep", out _));

    public static TheoryData<string> CasesWithFields => AttestationVectors.Names("snp", e => e.TryGetProperty("fields", out _));

    public static TheoryData<string> CasesWithVek => AttestationVectors.Names("snp", e => e.TryGetProperty("vek", out _));

    public static TheoryData<string> CasesOfDebug => AttestationVectors.Names("snp", e => e.TryGetProperty("policy_reason", out _));

    public static TheoryData<string> Sweeps => AttestationVectors.Names("snp", e => e.TryGetProperty("sweep", out _));

    public static TheoryData<string> CasesAccepted =>
        AttestationVectors.Names(
            "snp", e => e.GetProperty("verdict").GetString() == "ok" && e.GetProperty("trust_root").GetString() == "amd");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Security", "A16")]
    [Trait("Security", "A18")]
    [Trait("Security", "B1")]
    [Trait("Security", "B2")]
    [Trait("Security", "B4")]
    public async Task Verify_Case_GivesExpectedVerdict(string name)
    {
        SnpVector vector = SnpVector.Load(name);

        Verdict verdict = await JudgeAsync(vector, vector.Expectation());

        Assert.True(
            vector.RightVerdicts.Contains(SnpVector.Word(verdict)),
            $"{SnpVector.Word(verdict)} is not one of [{string.Join(", ", vector.RightVerdicts)}]:\n{verdict}");
        Assert.Equal(verdict.IsAccepted ? 0 : 1, verdict.Checks.Count(c => c.Outcome == VerdictCheckOutcome.Failed));
    }

    [Theory]
    [MemberData(nameof(CasesWithFields))]
    public async Task Verify_Case_ClaimsEveryField(string name)
    {
        SnpVector vector = SnpVector.Load(name);

        QuoteClaims claims = Assert.IsType<QuoteClaims>((await JudgeAsync(vector, vector.Expectation())).Claims);

        JsonObject fields = Json(Assert.IsType<SnpClaims>(claims.Snp));
        JsonElement expected = vector.Expected.GetProperty("fields");
        Assert.All(expected.EnumerateObject(), f => Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(f.Value.GetRawText()), fields[f.Name]),
            $"{f.Name}: expected {f.Value.GetRawText()}, found {fields[f.Name]?.ToJsonString()}"));

        // Where the case keeps no certificates, it doesn't tell what the parts of the TCBs are.
        Assert.All(
            fields,
            f => Assert.True(expected.TryGetProperty(f.Key, out _) || f.Key.EndsWith("_parts", StringComparison.Ordinal), f.Key));
        Assert.Equal(expected.GetProperty("measurement").GetString(), claims.UniqueId);
        Assert.Equal(expected.GetProperty("id_key_digest").GetString(), claims.SignerId);
        Assert.Equal(Math.Min(expected.GetProperty("guest_svn").GetUInt32(), ushort.MaxValue), claims.SecurityVersion);
        Assert.Equal(expected.GetProperty("report_data").GetString(), claims.ReportData.ToString());
        Assert.Equal(expected.GetProperty("debug_allowed").GetBoolean(), claims.Debug);
    }

    [Theory]
    [MemberData(nameof(CasesWithVek))]
    public void Read_VekOfCase_GivesEveryExtension(string name)
    {
        SnpVector vector = SnpVector.Load(name);
        JsonElement expected = vector.Expected.GetProperty("vek");

        Assert.True(
            Certificate.TryParse(vector.Collateral().Vek!.Value, AmdCertificates.Profile, out Certificate? certificate, out string? fault),
            fault);
        Assert.True(VekExtensions.TryRead(certificate, out VekExtensions? vek, out fault), fault);

        Assert.Equal(expected.GetProperty("type").GetString(), vek.Kind == SnpSigningKey.Vlek ? "VLEK" : "VCEK");
        Assert.Equal(expected.GetProperty("product_name").GetString(), vek.ProductName);
        Assert.Equal(
            expected.TryGetProperty("hw_id", out JsonElement id) ? id.GetString() : string.Empty,
            Convert.ToHexStringLower(vek.HardwareId.Span));
        Assert.Equal(expected.TryGetProperty("csp_id", out JsonElement csp) ? csp.GetString() : null, vek.CspId);
        Assert.Equal(Time(expected, "not_before"), certificate.NotBefore);
        Assert.Equal(Time(expected, "not_after"), certificate.NotAfter);
        JsonElement levels = expected.GetProperty("tcb");
        SnpTcb tcb = SnpTcb.Read(vek.Tcb, vek.ProductLine);
        Assert.Equal(levels.GetProperty("boot_loader").GetByte(), tcb.BootLoader);
        Assert.Equal(levels.GetProperty("tee").GetByte(), tcb.Tee);
        Assert.Equal(levels.GetProperty("snp").GetByte(), tcb.Snp);
        Assert.Equal(levels.GetProperty("microcode").GetByte(), tcb.Microcode);
        Assert.Equal(levels.TryGetProperty("fmc", out JsonElement fmc) ? fmc.GetByte() : null, tcb.Fmc);
    }

    [Theory]
    [MemberData(nameof(CasesOfDebug))]
    [Trait("Security", "A16")]
    public async Task Verify_DebugMachine_PassesOnlyIfThePackageSaysDebug(string name)
    {
        SnpVector vector = SnpVector.Load(name);

        Verdict production = await JudgeAsync(vector, vector.Expectation());
        Verdict debug = await JudgeAsync(vector, vector.Expectation(debug: true));

        Assert.Equal("package.debug", Assert.Single(production.Checks, c => c.Outcome == VerdictCheckOutcome.Failed).Code);
        Assert.True(debug.IsAccepted, debug.ToString());
    }

    [Theory]
    [MemberData(nameof(CasesAccepted))]
    [Trait("Security", "B3")]
    public async Task Verify_NoRevocationList_IsRefusedUnlessToldOtherwise(string name)
    {
        SnpVector vector = SnpVector.Load(name);
        var verifier = new SnpReportVerifier(
            vector.Anchor(), vector.Collateral(), new FakeTimeProvider(vector.Time));

        Verdict verdict = await verifier.VerifyAsync(
            Quote.FromRaw(vector.Report), vector.Expectation(), TestContext.Current.CancellationToken);

        Assert.Equal(VerdictReason.CollateralMissing, verdict.Reason);
        Assert.Equal("crl.ark", Assert.Single(verdict.Checks, c => c.Outcome == VerdictCheckOutcome.Failed).Code);
    }

    [Theory]
    [MemberData(nameof(CasesAccepted))]
    [Trait("Security", "B2")]
    public async Task Verify_RootOfAnotherProductLine_IsUntrusted(string name)
    {
        SnpVector vector = SnpVector.Load(name);
        SnpTrustAnchor[] anchors = [SnpTrustAnchor.Milan, SnpTrustAnchor.Genoa, SnpTrustAnchor.Turin];
        var accepted = new List<string>();
        foreach (SnpTrustAnchor anchor in anchors)
        {
            var verifier = new SnpReportVerifier(anchor, vector.Collateral(), new FakeTimeProvider(vector.Time))
            {
                RequireRevocationList = false,
            };
            Verdict verdict = await verifier.VerifyAsync(
                Quote.FromRaw(vector.Report), vector.Expectation(), TestContext.Current.CancellationToken);
            Assert.Contains(verdict.Reason, (VerdictReason[])[VerdictReason.Accepted, VerdictReason.ChainUntrusted]);
            if (verdict.IsAccepted)
            {
                accepted.Add(anchor.Name);
            }
        }

        Assert.Equal(["ARK-" + vector.Expected.GetProperty("product").GetString()], accepted);
    }

    [Theory]
    [MemberData(nameof(CasesAccepted))]
    public async Task Verify_RootNotGiven_TakesTheTrustedOne(string name)
    {
        SnpVector vector = SnpVector.Load(name);

        Verdict verdict = await vector.Verifier(vector.Collateral() with { Ark = null })
            .VerifyAsync(Quote.FromRaw(vector.Report), vector.Expectation(), TestContext.Current.CancellationToken);

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal("ARK-" + vector.Expected.GetProperty("product").GetString(), verdict.Claims!.TrustAnchor);
    }

    [Theory]
    [MemberData(nameof(Sweeps))]
    [Trait("Security", "A18")]
    public async Task Verify_Sweep_RefusesEveryInput(string name)
    {
        SnpVector vector = SnpVector.Load(name);
        SnpReportVerifier verifier = vector.Verifier(vector.Collateral());
        int inputs = 0;
        foreach ((byte[] report, bool isCut, string change) in AttestationVectors.Sweep(vector.Expected, vector.Report))
        {
            Verdict verdict = await verifier.VerifyAsync(
                Quote.FromRaw(report), vector.Expectation(), TestContext.Current.CancellationToken);

            Assert.False(verdict.IsAccepted, change);
            Assert.True(!isCut || verdict.Reason == VerdictReason.Malformed, $"{change}: {verdict}");
            inputs++;
        }

        Assert.True(inputs > 10);
        Assert.True((await JudgeAsync(vector, vector.Expectation())).IsAccepted);
    }

    private static async Task<Verdict> JudgeAsync(SnpVector vector, QuoteExpectation expectation) =>
        await vector
            .Verifier(vector.Collateral())
            .VerifyAsync(Quote.FromRaw(vector.Report), expectation, TestContext.Current.CancellationToken);

    private static JsonObject Json(SnpClaims claims)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            claims.WriteTo(writer);
        }

        return JsonNode.Parse(stream.ToArray())!.AsObject();
    }

    private static DateTimeOffset Time(JsonElement element, string name) =>
        DateTimeOffset.Parse(element.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
