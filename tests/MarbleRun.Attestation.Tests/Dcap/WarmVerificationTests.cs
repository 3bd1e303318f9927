using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Tests.Attestation.Simulation;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>A verifier that knows the platform says the same as one that sees it for the first time.</summary>
public sealed class WarmVerificationTests : IDisposable
{
    private static readonly ReportData s_reportData = ReportData.ForCertificate("a certificate"u8);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(TestPki.Now);
    private readonly SimulationPlatform _platform;

    public WarmVerificationTests()
    {
        _platform = SimulationPlatform.Open(_folder.Path, _time);
    }

    public static TheoryData<string, TeeType> Cases =>
        new MatrixTheoryData<string, TeeType>(s_scenarios.Keys.Order(StringComparer.Ordinal), [TeeType.Sgx, TeeType.Tdx]);

    private static ImmutableDictionary<string, SimulationScenario> s_scenarios => new Dictionary<string, SimulationScenario>
    {
        ["good"] = new(),
        ["hardening"] = new() { PlatformTcb = TcbStatus.SWHardeningNeeded, Advisories = ["INTEL-SA-00001"] },
        ["configuration"] = new() { PlatformTcb = TcbStatus.ConfigurationNeeded },
        ["configuration and hardening"] = new() { PlatformTcb = TcbStatus.ConfigurationAndSWHardeningNeeded },
        ["out of date"] = new() { PlatformTcb = TcbStatus.OutOfDate, Advisories = ["INTEL-SA-00001", "INTEL-SA-00002"] },
        ["out of date, configuration"] = new() { PlatformTcb = TcbStatus.OutOfDateConfigurationNeeded },
        ["tcb revoked"] = new() { PlatformTcb = TcbStatus.Revoked },
        ["qe out of date"] = new() { QeTcb = TcbStatus.OutOfDate },
        ["qe revoked"] = new() { QeTcb = TcbStatus.Revoked },
        ["pck revoked"] = new() { IsPckRevoked = true },
        ["expired"] = new() { IsExpired = true },
        ["other qe"] = new() { IsOtherQe = true },
    }.ToImmutableDictionary();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Verify_EveryScenario_SaysTheSameColdAndWarm(string scenario, TeeType tee)
    {
        DcapCollateral collateral = _platform.CreateCollateral(tee, s_scenarios[scenario]);
        Quote quote = await IssueAsync(tee);
        QuoteExpectation right = Expectation(tee);
        DcapQuoteVerifier warm = Verifier(collateral);
        await JudgeAsync(warm, quote, right);
        QuoteExpectation[] expectations =
        [
            right,
            right with { ReportData = ReportData.ForCertificate("another certificate"u8) },
            right with { Package = right.Package with { Debug = true } },
            right with { Package = right.Package with
            {
                AcceptedTcbStatuses = ["OutOfDate", "ConfigurationNeeded"],
                AcceptedAdvisories = ["INTEL-SA-00001"],
            } },
            right with
            {
                Package = new PackageProperties { UniqueId = new string('0', 64), Tdx = new TdxProperties { MrTd = new string('0', 96) } },
            },
        ];

        foreach (QuoteExpectation expectation in expectations)
        {
            Assert.Equal(
                Text(await JudgeAsync(Verifier(collateral), quote, expectation)), Text(await JudgeAsync(warm, quote, expectation)));
        }

        Assert.Equal(scenario is "good" or "hardening", (await JudgeAsync(warm, quote, right)).IsAccepted);
    }

    [Fact]
    public async Task Verify_AnyByteChanged_SaysTheSameColdAndWarm()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        DcapCollateral collateral = _platform.CreateCollateral();
        byte[] quote = (await IssueAsync(TeeType.Sgx)).RawData.ToArray();
        DcapQuoteVerifier warm = Verifier(collateral);
        Assert.True((await JudgeAsync(warm, Quote.FromRaw(quote), Expectation(TeeType.Sgx))).IsAccepted);
        for (int i = 0; i < 300; i++)
        {
            int at = random.Next(quote.Length);
            byte[] changed = [.. quote];
            changed[at] ^= (byte)(1 << random.Next(8));

            Verdict known = await JudgeAsync(warm, Quote.FromRaw(changed), Expectation(TeeType.Sgx));

            Assert.False(known.IsAccepted, $"byte {at}");
            Assert.Equal(Text(await JudgeAsync(Verifier(collateral), Quote.FromRaw(changed), Expectation(TeeType.Sgx))), Text(known));
        }
    }

    [Fact]
    [Trait("Security", "A15")]
    public async Task Verify_KnownChainAfterItsEnd_IsRefusedAsLongAsItIsOver()
    {
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, timeProvider: _time);
        Quote quote = await IssueAsync(TeeType.Sgx);
        DateTimeOffset start = _time.GetUtcNow();
        Assert.True((await JudgeAsync(verifier, quote, Expectation(TeeType.Sgx))).IsAccepted);

        _time.SetUtcNow(start.AddYears(100));
        Verdict late = await JudgeAsync(verifier, quote, Expectation(TeeType.Sgx));

        Assert.Equal(("chain.validity", VerdictReason.CollateralExpired), QuoteForge.Failure(late));
        Assert.Equal(
            Text(await JudgeAsync(new DcapQuoteVerifier(_platform.TrustAnchor, timeProvider: _time), quote, Expectation(TeeType.Sgx))),
            Text(late));
    }

    [Theory]
    [InlineData(TeeType.Sgx)]
    [InlineData(TeeType.Tdx)]
    [Trait("Security", "A14")]
    public async Task Verify_KnownChainThatANewListRevokes_IsRefused(TeeType tee)
    {
        var provider = new ChangingProvider { Collateral = _platform.CreateCollateral(tee) };
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, provider, _time);
        Quote quote = await IssueAsync(tee);
        Assert.True((await JudgeAsync(verifier, quote, Expectation(tee))).IsAccepted);

        provider.Collateral = _platform.CreateCollateral(tee, new SimulationScenario { IsPckRevoked = true });
        Verdict revoked = await JudgeAsync(verifier, quote, Expectation(tee));
        provider.Collateral = _platform.CreateCollateral(tee, new SimulationScenario { PlatformTcb = TcbStatus.OutOfDate });
        Verdict outOfDate = await JudgeAsync(verifier, quote, Expectation(tee));

        Assert.Equal(("crl.pck", VerdictReason.Revoked), QuoteForge.Failure(revoked));
        Assert.Equal(("tcb.status", VerdictReason.TcbStatus), QuoteForge.Failure(outOfDate));
    }

    [Fact]
    public async Task Verify_ChainThatAnotherAnchorsVerifierKnows_IsRefused()
    {
        using var other = new TemporaryFolder();
        SimulationPlatform outsider = SimulationPlatform.Open(other.Path, _time);
        Quote quote = await IssueAsync(TeeType.Sgx);
        var genuine = new DcapQuoteVerifier(_platform.TrustAnchor, timeProvider: _time);
        Assert.True((await JudgeAsync(genuine, quote, Expectation(TeeType.Sgx))).IsAccepted);

        Verdict verdict = await JudgeAsync(
            new DcapQuoteVerifier(outsider.TrustAnchor, timeProvider: _time), quote, Expectation(TeeType.Sgx));

        Assert.Equal(("chain.root", VerdictReason.ChainUntrusted), QuoteForge.Failure(verdict));
    }

    [Theory]
    [InlineData("qe.signature")]
    [InlineData("qe.binding")]
    [InlineData("quote.signature")]
    public async Task Verify_KnownChainUnderAnotherQuotesParts_IsRefused(string code)
    {
        var forge = new QuoteForge();
        forge.CertificationData = Encoding.ASCII.GetBytes(forge.Pki.Chain());
        var verifier = new DcapQuoteVerifier(forge.Pki.Anchor(), _time, collateral: null, requiresCollateral: false);
        var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = new PackageProperties() };
        Assert.True((await JudgeAsync(verifier, Quote.FromRaw(forge.Build()), expectation)).IsAccepted);

        var other = new QuoteForge();
        switch (code)
        {
            case "qe.signature":
                forge.OtherQeSigner = other.Pki.PckKey;
                break;
            case "qe.binding":
                forge.QeReportData = new byte[32];
                break;
            default:
                forge.OtherSigner = other.AttestationKey;
                break;
        }

        Verdict verdict = await JudgeAsync(verifier, Quote.FromRaw(forge.Build()), expectation);

        Assert.Equal((code, VerdictReason.SignatureInvalid), QuoteForge.Failure(verdict));
    }

    [Fact]
    public async Task Verify_ManyThreads_EachGetsItsOwnVerdict()
    {
        DcapCollateral collateral = _platform.CreateCollateral();
        DcapQuoteVerifier verifier = Verifier(collateral);
        byte[] good = (await IssueAsync(TeeType.Sgx)).RawData.ToArray();
        byte[] bad = [.. good];
        bad[100] ^= 1;
        byte[] padded = [.. good];
        padded[^1] ^= 1;
        Quote[] quotes = [.. new[] { good, bad, padded }.Select(q => Quote.FromRaw(q))];
        string[] expected = await Task.WhenAll(
            quotes.Select(async q => Text(await JudgeAsync(Verifier(collateral), q, Expectation(TeeType.Sgx)))));
        var found = new string[120];

        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, found.Length, eight, async (i, _) =>
            found[i] = Text(await JudgeAsync(verifier, quotes[i % quotes.Length], Expectation(TeeType.Sgx))));

        Assert.Equal(Enumerable.Range(0, found.Length).Select(i => expected[i % expected.Length]), found);
        Assert.Equal(3, expected.Distinct().Count());
    }

    /// <summary>All that a verdict says.</summary>
    private static string Text(Verdict verdict) =>
        $"{verdict}{JsonSerializer.Serialize(verdict.Checks)}{JsonSerializer.Serialize(verdict.Claims)}{verdict.Claims?.ReportData}";

    private static Task<Verdict> JudgeAsync(DcapQuoteVerifier verifier, Quote quote, QuoteExpectation expectation) =>
        verifier.VerifyAsync(quote, expectation, TestContext.Current.CancellationToken).AsTask();

    private static TdMeasurement Td() => new() { MrTd = new string('b', 96) };

    private AppMeasurement App() =>
        new() { UniqueId = new string('a', 64), SignerId = _platform.SignerId, ProductId = 3, SecurityVersion = 7 };

    private QuoteExpectation Expectation(TeeType tee) => new()
    {
        ReportData = s_reportData,
        Package = tee == TeeType.Tdx ? Td().ToPackageProperties() : App().ToPackageProperties(),
    };

    private Task<Quote> IssueAsync(TeeType tee) =>
        (tee == TeeType.Tdx ? _platform.CreateTdxIssuer(Td()) : _platform.CreateIssuer(App()))
            .IssueAsync(s_reportData, TestContext.Current.CancellationToken).AsTask();

    /// <summary>One that asks for everything, as of Intel's root.</summary>
    private DcapQuoteVerifier Verifier(DcapCollateral collateral) =>
        new(DcapTrustAnchor.FromCertificate(_platform.TrustAnchor.Certificate.Span), collateral, _time);

    private sealed class ChangingProvider : ICollateralProvider
    {
        public required DcapCollateral Collateral { get; set; }

        public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Collateral);
    }
}
