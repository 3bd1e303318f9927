using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>Collateral of before the last TCB recovery is genuine and may still be current; who has seen newer refuses it.</summary>
[Trait("Security", "A15")]
public sealed class DowngradeTests : IDisposable
{
    private static readonly ReportData s_reportData = ReportData.ForCertificate("certificate"u8);

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SimulationPlatform _platform;
    private readonly AppMeasurement _app;
    private readonly Provider _provider = new();
    private readonly DcapQuoteVerifier _verifier;

    public DowngradeTests()
    {
        _platform = SimulationPlatform.Open(_folder.Path, _time);
        _app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = _platform.SignerId, ProductId = 3, SecurityVersion = 7 };
        _verifier = new DcapQuoteVerifier(_platform.TrustAnchor, _provider, _time);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Verify_LowerNumberThanSeen_IsRefused()
    {
        Assert.True((await JudgeAsync(Collateral(17))).IsAccepted);

        Verdict verdict = await JudgeAsync(Collateral(16));

        Assert.Equal(("tcbinfo.evaluation_number", VerdictReason.CollateralExpired), Failure(verdict));
        Assert.Contains("tcbEvaluationDataNumber 17 (the highest seen so far) or higher", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_LowerNumberOfTheQuotingEnclaveAlone_IsRefused()
    {
        Assert.True((await JudgeAsync(Collateral(17))).IsAccepted);

        Verdict verdict = await JudgeAsync(Collateral(17) with { QeIdentity = Collateral(16).QeIdentity });

        Assert.Equal(("qeidentity.evaluation_number", VerdictReason.CollateralExpired), Failure(verdict));
    }

    [Fact]
    public async Task Verify_EqualAndHigherNumbers_AreAccepted()
    {
        foreach (int number in (int[])[17, 17, 18, 18])
        {
            Verdict verdict = await JudgeAsync(Collateral(number));
            Assert.True(verdict.IsAccepted, verdict.ToString());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Verify_ForgedHighNumber_DoesNotShutOutGoodCollateral(bool ofTcbInfo)
    {
        DcapCollateral good = Collateral(17);
        DcapCollateral forged = ofTcbInfo
            ? good with { TcbInfo = Raise(good.TcbInfo!) }
            : good with { QeIdentity = Raise(good.QeIdentity!) };

        Assert.Equal(ofTcbInfo ? "tcbinfo.signature" : "qeidentity.signature", Failure(await JudgeAsync(forged)).Code);
        Verdict verdict = await JudgeAsync(good);

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    [Fact]
    public async Task Verify_HighNumberUnderAnotherRoot_DoesNotShutOutGoodCollateral()
    {
        using var folder = new TemporaryDirectory();
        DcapCollateral foreign = SimulationPlatform.Open(folder.Path, _time).CreateCollateral(
            scenario: new SimulationScenario { TcbEvaluationDataNumber = 99 });

        Assert.Equal(
            ("tcbinfo.chain", VerdictReason.ChainUntrusted),
            Failure(await JudgeAsync(Collateral(17) with { TcbInfo = foreign.TcbInfo, QeIdentity = foreign.QeIdentity })));

        Assert.True((await JudgeAsync(Collateral(17))).IsAccepted);
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    public async Task Verify_ClockAYearOff_RefusesAndRemembersNothing(int days)
    {
        DateTimeOffset now = _time.GetUtcNow();
        var clock = new SettableClock(now.AddDays(days));
        var judge = new DcapQuoteVerifier(_platform.TrustAnchor, _provider, clock);

        Verdict wrong = await JudgeAsync(Collateral(17), judge);
        clock.Now = now;
        Verdict right = await JudgeAsync(Collateral(16), judge);

        Assert.Equal(VerdictReason.CollateralExpired, wrong.Reason);
        Assert.True(right.IsAccepted, right.ToString());
    }

    [Fact]
    public async Task Verify_BelowTheConfiguredMinimum_IsRefusedAtOnce()
    {
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, _provider, _time) { MinimumTcbEvaluationDataNumber = 18 };

        Verdict verdict = await JudgeAsync(Collateral(17), verifier);

        Assert.Equal(("tcbinfo.evaluation_number", VerdictReason.CollateralExpired), Failure(verdict));
        Assert.Contains("18 (the configured minimum)", verdict.Summary, StringComparison.Ordinal);
        Assert.True((await JudgeAsync(Collateral(18), verifier)).IsAccepted);
    }

    [Fact]
    public async Task Verify_OneTee_SaysNothingOfTheOther()
    {
        Assert.True((await JudgeAsync(Collateral(17))).IsAccepted);
        var td = new TdMeasurement { MrTd = new string('c', 96), Rtmr3 = new string('d', 96) };
        Quote quote = await _platform.CreateTdxIssuer(td).IssueAsync(s_reportData, TestContext.Current.CancellationToken);
        _provider.Next = _platform.CreateCollateral(TeeType.Tdx, new SimulationScenario { TcbEvaluationDataNumber = 16 });

        Verdict verdict = await _verifier.VerifyAsync(
            quote,
            new QuoteExpectation { ReportData = s_reportData, Package = td.ToPackageProperties() },
            TestContext.Current.CancellationToken);

        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    private static (string? Code, VerdictReason Reason) Failure(Verdict verdict) =>
        (verdict.Checks.SingleOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed)?.Code, verdict.Reason);

    // The number alone is changed; a random signature stands for one by a key of the forger's.
    private static DcapSignedDocument Raise(DcapSignedDocument document) => new(
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(document.Body.Span).Replace(
            "\"tcbEvaluationDataNumber\":17", "\"tcbEvaluationDataNumber\":99", StringComparison.Ordinal)),
        RandomNumberGenerator.GetBytes(64),
        document.IssuerChain);

    private DcapCollateral Collateral(int number) =>
        _platform.CreateCollateral(scenario: new SimulationScenario { TcbEvaluationDataNumber = number });

    private async Task<Verdict> JudgeAsync(DcapCollateral collateral, DcapQuoteVerifier? verifier = null)
    {
        _provider.Next = collateral;
        Quote quote = await _platform.CreateIssuer(_app).IssueAsync(s_reportData, TestContext.Current.CancellationToken);
        return await (verifier ?? _verifier).VerifyAsync(
            quote,
            new QuoteExpectation { ReportData = s_reportData, Package = _app.ToPackageProperties() },
            TestContext.Current.CancellationToken);
    }

    private sealed class Provider : ICollateralProvider
    {
        public DcapCollateral Next { get; set; } = new();

        public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Next);
    }

    private sealed class SettableClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
