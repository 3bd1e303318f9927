using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Inspection;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>The whole path over loopback: a simulated quote, its collateral fetched from a PCCS, and the verdict.</summary>
public sealed class PccsClientTests : IDisposable
{
    private static readonly ReportData s_reportData = ReportData.ForCertificate("certificate"u8);
    private static readonly TdMeasurement s_td = new() { MrTd = new string('c', 96), Rtmr3 = new string('d', 96) };

    private readonly string _folder = Directory.CreateTempSubdirectory("marblerun-pccs-").FullName;
    private readonly SimulationPlatform _platform;
    private readonly AppMeasurement _app;

    public PccsClientTests()
    {
        _platform = SimulationPlatform.Open(Path.Combine(_folder, "platform"));
        _app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = _platform.SignerId, ProductId = 3, SecurityVersion = 7 };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(TeeType.Sgx, "v4", false)]
    [InlineData(TeeType.Sgx, "v4", true)]
    [InlineData(TeeType.Sgx, "v3", false)]
    [InlineData(TeeType.Sgx, "v3", true)]
    [InlineData(TeeType.Tdx, "v4", false)]
    [InlineData(TeeType.Tdx, "v4", true)]
    public async Task Verify_CollateralFromPccs_IsAccepted(TeeType tee, string version, bool listsInDer)
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t), version);
        pccs.ServesDer = listsInDer;

        Verdict verdict = await JudgeAsync(pccs.Address, tee);

        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal(TcbStatus.UpToDate, verdict.Claims?.TcbStatus);
        Assert.Equal(1, verdict.Claims?.Platform?.TcbEvaluationDataNumber);
        Assert.Contains(verdict.Checks, c => c.Code == "collateral.available");
    }

    [Theory]
    [InlineData(TeeType.Sgx)]
    [InlineData(TeeType.Tdx)]
    public async Task GetDcap_EarlySet_IsRequestedOnlyIfItIsNamed(TeeType tee)
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));
        pccs.Early = t => _platform.CreateCollateral(t, new SimulationScenario { TcbEvaluationDataNumber = 2 });
        var request = new DcapCollateralRequest(tee, "4D4252000000", "platform");
        using var standard = new PccsClient(pccs.Address);
        using var early = new PccsClient(pccs.Address, new PccsOptions { Update = CollateralUpdate.Early });

        DcapCollateral now = await standard.GetDcapAsync(request, TestContext.Current.CancellationToken);
        DcapCollateral later = await early.GetDcapAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal([1, 1], Numbers(now));
        Assert.Equal([2, 2], Numbers(later));

        IEnumerable<int> Numbers(DcapCollateral collateral) =>
            DcapInspection.Inspect(request, collateral, _platform.TrustAnchor).Select(d => d.TcbEvaluationDataNumber).OfType<int>();
    }

    [Theory]
    [InlineData(TeeType.Sgx, TcbStatus.OutOfDate)]
    [InlineData(TeeType.Tdx, TcbStatus.OutOfDate)]
    [InlineData(TeeType.Sgx, TcbStatus.ConfigurationNeeded)]
    [InlineData(TeeType.Sgx, TcbStatus.Revoked)]
    [Trait("Security", "A11")]
    public async Task Verify_PlatformNotUpToDate_IsRefusedWithItsStatusAndAdvisories(TeeType tee, TcbStatus status)
    {
        var scenario = new SimulationScenario { PlatformTcb = status, Advisories = ["INTEL-SA-00001"] };

        Verdict verdict = await JudgeScenarioAsync(scenario, tee);

        Assert.Equal(VerdictReason.TcbStatus, verdict.Reason);
        Assert.Equal(status, verdict.Claims?.TcbStatus);
        Assert.Equal("INTEL-SA-00001", Assert.Single(verdict.Claims!.Advisories));
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Verify_RevokedPck_IsRefused()
    {
        Assert.Equal(("crl.pck", VerdictReason.Revoked), Failure(await JudgeScenarioAsync(new SimulationScenario { IsPckRevoked = true })));
    }

    [Fact]
    [Trait("Security", "A15")]
    public async Task Verify_ExpiredCollateral_IsRefused()
    {
        Assert.Equal(
            ("crl.root", VerdictReason.CollateralExpired), Failure(await JudgeScenarioAsync(new SimulationScenario { IsExpired = true })));
    }

    [Theory]
    [InlineData(TeeType.Sgx)]
    [InlineData(TeeType.Tdx)]
    [Trait("Security", "A4")]
    public async Task Verify_OtherQuotingEnclave_IsRefused(TeeType tee)
    {
        Assert.Equal(
            ("qe.identity", VerdictReason.Mismatch), Failure(await JudgeScenarioAsync(new SimulationScenario { IsOtherQe = true }, tee)));
    }

    [Fact]
    [Trait("Security", "A4")]
    public async Task Verify_QuotingEnclaveOutOfDate_MakesThePlatformOutOfDate()
    {
        Verdict verdict = await JudgeScenarioAsync(
            new SimulationScenario { QeTcb = TcbStatus.OutOfDate, PlatformTcb = TcbStatus.ConfigurationNeeded });

        Assert.Equal(TcbStatus.OutOfDateConfigurationNeeded, verdict.Claims?.TcbStatus);
        Assert.Equal(VerdictReason.TcbStatus, verdict.Reason);
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task Verify_QuoteThatIsNotGenuine_FetchesNothing()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));
        byte[] quote = (await _platform
            .CreateIssuer(_app)
            .IssueAsync(s_reportData, TestContext.Current.CancellationToken)).RawData.ToArray();
        quote[100] ^= 1;
        using var client = new PccsClient(pccs.Address);

        Verdict verdict = await JudgeAsync(client, Quote.FromRaw(quote), new PackageProperties());

        Assert.Equal(("quote.signature", VerdictReason.SignatureInvalid), Failure(verdict));
        Assert.Empty(pccs.Server.Requests);
    }

    [Fact]
    public async Task Bundle_SavedFromPccs_VerifiesWithoutNetwork()
    {
        CollateralBundle bundle = CollateralBundle.Open(Path.Combine(_folder, "bundle"));
        var request = new DcapCollateralRequest(TeeType.Tdx, "4D4252000000", "platform");
        await using (SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t)))
        {
            using var client = new PccsClient(pccs.Address);
            await bundle.SaveAsync(
                request, await client.GetDcapAsync(request, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        }

        Quote td = await _platform.CreateTdxIssuer(s_td).IssueAsync(s_reportData, TestContext.Current.CancellationToken);
        Quote enclave = await _platform.CreateIssuer(_app).IssueAsync(s_reportData, TestContext.Current.CancellationToken);

        Verdict verdict = await JudgeAsync(bundle, td, s_td.ToPackageProperties());
        Assert.True(verdict.IsAccepted, verdict.ToString());
        Assert.Equal(
            ("collateral.available", VerdictReason.CollateralMissing),
            Failure(await JudgeAsync(bundle, enclave, _app.ToPackageProperties())));
    }

    private async Task<Verdict> JudgeScenarioAsync(SimulationScenario scenario, TeeType tee = TeeType.Sgx)
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t, scenario));
        return await JudgeAsync(pccs.Address, tee);
    }

    private async Task<Verdict> JudgeAsync(Uri pccs, TeeType tee = TeeType.Sgx, PccsOptions? options = null)
    {
        IQuoteIssuer issuer = tee == TeeType.Tdx ? _platform.CreateTdxIssuer(s_td) : _platform.CreateIssuer(_app);
        Quote quote = await issuer.IssueAsync(s_reportData, TestContext.Current.CancellationToken);
        using var client = new PccsClient(pccs, options);
        return await JudgeAsync(client, quote, tee == TeeType.Tdx ? s_td.ToPackageProperties() : _app.ToPackageProperties());
    }

    private async Task<Verdict> JudgeAsync(ICollateralProvider provider, Quote quote, PackageProperties package)
    {
        var verifier = new DcapQuoteVerifier(_platform.TrustAnchor, provider, TimeProvider.System);
        return await verifier.VerifyAsync(
            quote,
            new QuoteExpectation { ReportData = s_reportData, Package = package },
            TestContext.Current.CancellationToken);
    }

    private static (string? Code, VerdictReason Reason) Failure(Verdict verdict) =>
        (verdict.Checks.SingleOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed)?.Code, verdict.Reason);
}
