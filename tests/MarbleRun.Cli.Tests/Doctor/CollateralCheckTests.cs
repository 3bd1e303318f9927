using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Cli.Collateral;
using MarbleRun.Cli.Doctor;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>Collateral: source, signatures, age, end of every document, patch level now and with the early set.</summary>
public sealed class CollateralCheckTests : IDisposable
{
    private const string Service = "https://pccs.test";

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeMachine _machine = new();
    private readonly SimulationPlatform _platform;

    public CollateralCheckTests()
    {
        _platform = SimulationPlatform.Open(_folder.File("platform"), _machine.Time);
        _machine.Collateral = _ => new Source(_platform.CreateCollateral());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Checks_WithoutASource_DoNotApply()
    {
        foreach (DoctorCheck check in DoctorChecks.All.Where(c => c.Group == "collateral"))
        {
            Assert.Null(await _machine.FindAsync(check.Id));
        }
    }

    [Fact]
    public async Task Source_NotNamedWhereThereIsEvidence_IsAWarning() => Assert.Equal(
        FindingLevel.Warning,
        (await _machine.FindAsync("collateral.source", new DoctorOptions { Evidence = Quote.FromRaw([1]) }))!.Level);

    [Fact]
    public async Task Source_ThatHasTheCollateral_IsGood() => Assert.Equal(
        $"{Service} has the collateral of this machine", (await _machine.FindAsync("collateral.source", await OptionsAsync()))!.Found);

    [Fact]
    public async Task Source_ThatHasNothing_IsAnErrorWithItsMessage()
    {
        _machine.Collateral = _ => new Source(null);

        Finding finding = (await _machine.FindAsync("collateral.source", await OptionsAsync()))!;

        Assert.Equal((FindingLevel.Error, "the service answered 404"), (finding.Level, finding.Found));
        Assert.Empty(await _machine.FindAllAsync("collateral.end", await OptionsAsync()));
    }

    [Fact]
    public async Task Source_WithoutEvidence_IsAskedForItsOwnDocuments()
    {
        var options = new DoctorOptions { Collateral = Service };
        Assert.Contains("can't be reached", (await _machine.FindAsync("collateral.source", options))!.Found, StringComparison.Ordinal);

        _machine.Pages["/other"] = FakeMachine.Page("x");
        Assert.Contains("answered 404", (await _machine.FindAsync("collateral.source", options))!.Found, StringComparison.Ordinal);

        _machine.Pages["/vcek/v1/Milan/cert_chain"] = FakeMachine.Page("x");
        Assert.Equal($"{Service} answers in 20 ms", (await _machine.FindAsync("collateral.source", options))!.Found);
    }

    [Fact]
    public async Task Source_AFolderWithoutEvidence_MustExist()
    {
        var options = new DoctorOptions { Collateral = "/bundle" };
        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("collateral.source", options))!.Level);

        _machine.Paths["/bundle"] = string.Empty;
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("collateral.source", options))!.Level);
    }

    [Fact]
    public async Task Documents_Genuine_AreCounted() => Assert.Equal(
        "7 documents and certificates are genuine",
        (await _machine.FindAsync("collateral.genuine", await OptionsAsync()))!.Found);

    [Fact]
    public async Task Documents_NotGenuine_AreErrors()
    {
        DcapCollateral good = _platform.CreateCollateral();
        _machine.Collateral = _ => new Source(good with { RootRevocationList = good.PckRevocationList });

        Finding finding = Assert.Single(await _machine.FindAllAsync("collateral.genuine", await OptionsAsync()));

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.StartsWith("this machine, revocation list of the root CA: ", finding.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, FindingLevel.Good)]
    [InlineData(20, FindingLevel.Warning)]
    internal async Task Age_OfDocuments_IsJudged(int days, FindingLevel level)
    {
        DoctorOptions options = await OptionsAsync();
        DcapCollateral collateral = _platform.CreateCollateral();
        _machine.Collateral = _ => new Source(collateral);
        _machine.Time.Advance(TimeSpan.FromDays(days));

        Assert.Equal(level, (await _machine.FindAsync("collateral.age", options))!.Level);
    }

    [Theory]
    [InlineData(0, FindingLevel.Good, "ends")]
    [InlineData(25, FindingLevel.Warning, "ends")]
    [InlineData(31, FindingLevel.Error, "ended")]
    internal async Task End_OfEveryDocument_IsALine(int days, FindingLevel level, string word)
    {
        DoctorOptions options = await OptionsAsync();
        DcapCollateral collateral = _platform.CreateCollateral();
        _machine.Collateral = _ => new Source(collateral);
        _machine.Time.Advance(TimeSpan.FromDays(days));

        IReadOnlyList<Finding> findings = await _machine.FindAllAsync("collateral.end", options);

        Assert.Equal(7, findings.Count);
        Assert.Equal((level, true), (findings[0].Level, findings[0].Found.StartsWith($"TCB info: {word} ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Tcb_UpToDate_IsGood() =>
        Assert.Equal("this machine: UpToDate", (await _machine.FindAsync("collateral.tcb", await OptionsAsync()))!.Found);

    [Theory]
    [InlineData(TcbStatus.OutOfDate, FindingLevel.Error)]
    [InlineData(TcbStatus.Revoked, FindingLevel.Error)]
    [InlineData(TcbStatus.ConfigurationNeeded, FindingLevel.Warning)]
    [InlineData(TcbStatus.SWHardeningNeeded, FindingLevel.Warning)]
    internal async Task Tcb_NotUpToDate_NamesEachComponentWithBothNumbers(TcbStatus status, FindingLevel level)
    {
        _machine.Collateral = _ => new Source(_platform.CreateCollateral(scenario: new SimulationScenario { PlatformTcb = status }));

        Finding finding = (await _machine.FindAsync("collateral.tcb", await OptionsAsync()))!;

        Assert.Equal((level, "UpToDate"), (finding.Level, finding.Expected));
        Assert.StartsWith($"this machine: {status}; SGX TCB component 1 is ", finding.Found, StringComparison.Ordinal);
        Assert.Contains("and 9 more", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcb_OldQuotingEnclave_IsNamedAlone()
    {
        _machine.Collateral = _ => new Source(
            _platform.CreateCollateral(scenario: new SimulationScenario { QeTcb = TcbStatus.OutOfDate }));

        Assert.Matches(
            "^this machine: OutOfDate; quoting enclave is [0-9]+, needs [0-9]+$",
            (await _machine.FindAsync("collateral.tcb", await OptionsAsync()))!.Found);
    }

    [Fact]
    public async Task EarlySet_ThatThePlatformDoesNotReach_IsAWarningInTime()
    {
        _machine.Collateral = update => new Source(_platform.CreateCollateral(scenario: update == CollateralUpdate.Early
            ? new SimulationScenario { PlatformTcb = TcbStatus.OutOfDate, TcbEvaluationDataNumber = 2 }
            : new SimulationScenario()));
        DoctorOptions options = await OptionsAsync();

        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("collateral.tcb", options))!.Level);
        Finding early = (await _machine.FindAsync("collateral.early", options))!;
        Assert.Equal(FindingLevel.Warning, early.Level);
        Assert.Contains("needs", early.Found, StringComparison.Ordinal);
        Assert.EndsWith("set 2", early.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EarlySet_ThatThePlatformReaches_IsGood() =>
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("collateral.early", await OptionsAsync()))!.Level);

    [Fact]
    public async Task EarlySet_OfAFolder_DoesNotExist() =>
        Assert.Null(await _machine.FindAsync("collateral.early", await OptionsAsync() with { Collateral = "/bundle" }));

    [Fact]
    public async Task Set_OfMixedDocuments_IsAWarning()
    {
        Assert.Equal("tcbEvaluationDataNumber 1", (await _machine.FindAsync("collateral.set", await OptionsAsync()))!.Found);

        _machine.Collateral = _ => new Source(_platform.CreateCollateral() with
        {
            QeIdentity = _platform.CreateCollateral(scenario: new SimulationScenario { TcbEvaluationDataNumber = 2 }).QeIdentity,
        });
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("collateral.set", await OptionsAsync()))!.Level);
    }

    [Fact]
    public async Task Clock_BehindTheCollateral_IsAnError()
    {
        DoctorOptions options = await OptionsAsync();
        var later = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(FakeMachine.Now.AddDays(40));
        DcapCollateral collateral = SimulationPlatform.Open(_folder.File("platform"), later).CreateCollateral();
        _machine.Collateral = _ => new Source(collateral);

        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("clock.signed", options))!.Level);
    }

    [Fact]
    public async Task Tcb_OfAmd_ShowsAReportThatIsHeldBack()
    {
        var forge = new SnpForge();
        DoctorOptions options = OptionsOf(forge);
        Finding good = (await _machine.FindAsync("collateral.tcb", options))!;
        Assert.Equal((FindingLevel.Good, "this machine: boot loader 10, TEE 2, SNP 23, microcode 84"), (good.Level, good.Found));
        Assert.Equal(4, (await _machine.FindAllAsync("collateral.end", options)).Count);

        forge.WriteUInt64(0x38, forge.Pki.Tcb + 1);
        Finding held = (await _machine.FindAsync("collateral.tcb", OptionsOf(forge)))!;
        Assert.Equal(FindingLevel.Warning, held.Level);
        Assert.Contains("the machine runs boot loader 11", held.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcb_OfAReportThatIsRefused_IsAnError()
    {
        var forge = new SnpForge();
        DoctorOptions options = OptionsOf(forge);
        SnpCollateral unrelated = new SnpTestPki().Collateral();
        _machine.Collateral = _ => new SnpSource(unrelated with { RevocationList = forge.Pki.RevocationList() });

        Assert.Equal(FindingLevel.Error, (await _machine.FindAsync("collateral.tcb", options))!.Level);
    }

    private DoctorOptions OptionsOf(SnpForge forge)
    {
        SnpCollateral collateral = forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList() };
        _machine.Collateral = _ => new SnpSource(collateral);
        return new DoctorOptions
        {
            Collateral = Service,
            Evidence = Quote.FromRaw(forge.Build()),
            Anchors = CollateralAnchors.Vendors with { Amd = forge.Pki.Anchor() },
        };
    }

    private async Task<DoctorOptions> OptionsAsync() => new()
    {
        Collateral = Service,
        Anchors = CollateralAnchors.Vendors with { Intel = _platform.TrustAnchor },
        Evidence = await _platform.CreateIssuer(_platform.MeasureRunningProcess()).IssueAsync(
            ReportData.ForCertificate("certificate"u8), TestContext.Current.CancellationToken),
    };

    private sealed class Source(DcapCollateral? collateral) : ICollateralProvider
    {
        public ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default) =>
            collateral is null
                ? ValueTask.FromException<DcapCollateral>(new CollateralException("the service answered 404"))
                : ValueTask.FromResult(collateral);
    }

    private sealed class SnpSource(SnpCollateral collateral) : ICollateralProvider
    {
        public ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(collateral);
    }
}
