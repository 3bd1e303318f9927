using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Inspection;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Tests.Attestation.Dcap;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation.Inspection;

/// <summary>What keeps a platform from being up to date is named component by component, with both numbers.</summary>
public sealed class TcbInspectionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly SimulationPlatform _platform;

    public TcbInspectionTests()
    {
        _platform = SimulationPlatform.Open(_folder.File("platform"));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TeeType.Sgx)]
    [InlineData(TeeType.Tdx)]
    public async Task FindGaps_UpToDatePlatform_HasNone(TeeType tee)
    {
        DcapCollateral collateral = _platform.CreateCollateral(tee);

        Assert.Empty(TcbInspection.FindGaps(await VerifyAsync(tee, collateral), collateral, _platform.TrustAnchor)!.Value);
    }

    [Fact]
    public async Task FindGaps_OldSgxPlatform_NamesEachComponent()
    {
        ImmutableArray<TcbGap> gaps = await FindGapsAsync(TeeType.Sgx, new SimulationScenario { PlatformTcb = TcbStatus.OutOfDate });

        Assert.Equal(17, gaps.Length);
        Assert.Equal("SGX TCB component 1", gaps[0].Component);
        Assert.Equal("provisioning certification enclave", gaps[16].Component);
        Assert.All(gaps, g => Assert.Equal(g.Found + 1, g.Required));
    }

    [Fact]
    public async Task FindGaps_OldQuotingEnclave_NamesIt() => Assert.Equal(
        "quoting enclave",
        Assert.Single(await FindGapsAsync(TeeType.Sgx, new SimulationScenario { QeTcb = TcbStatus.OutOfDate })).Component);

    [Fact]
    public async Task FindGaps_EarlySet_ShowsWhatWillBeRequired()
    {
        DcapCollateral now = _platform.CreateCollateral();
        DcapCollateral early = _platform.CreateCollateral(
            scenario: new SimulationScenario { PlatformTcb = TcbStatus.OutOfDate, TcbEvaluationDataNumber = 2 });
        QuoteClaims claims = await VerifyAsync(TeeType.Sgx, now);

        Assert.Equal(TcbStatus.UpToDate, claims.TcbStatus);
        Assert.NotEmpty(TcbInspection.FindGaps(claims, early, _platform.TrustAnchor)!.Value);
    }

    [Fact]
    public void FindGaps_OldTdxModule_NamesItWithBothNumbers()
    {
        var pki = new TestPki();
        DcapCollateral collateral = Collateral(pki);

        ImmutableArray<TcbGap>? gaps = TcbInspection.FindGaps(Td("06010300", now: null), collateral, pki.Anchor());

        Assert.Equal([new TcbGap("TDX module", 6, 11), new TcbGap("OS/VMM, TDX Late Microcode Update", 3, 4)], gaps!.Value);
    }

    [Fact]
    public void FindGaps_TdThatWasLaunchedOnAnOldModule_NamesTheLaunchAlone()
    {
        var pki = new TestPki();
        DcapCollateral collateral = Collateral(pki);

        ImmutableArray<TcbGap>? gaps = TcbInspection.FindGaps(Td("06010400", now: "0b010400"), collateral, pki.Anchor());

        Assert.Equal([new TcbGap("TDX module at the launch of this TD", 6, 11)], gaps!.Value);
    }

    [Fact]
    public async Task FindGaps_CollateralOfAnotherRoot_IsNotCompared()
    {
        DcapCollateral collateral = _platform.CreateCollateral();

        Assert.Null(TcbInspection.FindGaps(await VerifyAsync(TeeType.Sgx, collateral), collateral, DcapTrustAnchor.IntelSgx));
    }

    /// <summary>TCB info of TDX whose module must be 11 and whose late microcode must be 4.</summary>
    private static DcapCollateral Collateral(TestPki pki)
    {
        const string Dates = $"\"issueDate\":\"{CollateralForge.IssueDate}\",\"nextUpdate\":\"2026-06-20T00:00:00Z\"";
        const string Module = "\"mrsigner\":\"@\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"";
        string module = Module.Replace("@", new string('0', 96), StringComparison.Ordinal);
        string sgx = string.Join(',', Enumerable.Repeat("{\"svn\":5}", 16));
        string tdx = "{\"svn\":11,\"category\":\"OS/VMM\",\"type\":\"TDX Module\"},"
            + "{\"svn\":1,\"category\":\"OS/VMM\",\"type\":\"TDX Module\"},"
            + "{\"svn\":4,\"category\":\"OS/VMM\",\"type\":\"TDX Late Microcode Update\"}"
            + string.Concat(Enumerable.Repeat(",{\"svn\":0}", 13));
        string level = $"\"tcbDate\":\"{CollateralForge.IssueDate}\",\"tcbStatus\":";
        var forge = new CollateralForge(pki)
        {
            TcbInfo = $$"""{"id":"TDX","version":3,{{Dates}},"fmspc":"00606a000000","pceId":"0000","tcbType":0,"""
                + $"\"tcbEvaluationDataNumber\":20,\"tdxModule\":{{{module}}},\"tdxModuleIdentities\":[{{\"id\":\"TDX_01\",{module},"
                + $"\"tcbLevels\":[{{\"tcb\":{{\"isvsvn\":11}},{level}\"UpToDate\"}},{{\"tcb\":{{\"isvsvn\":2}},{level}\"OutOfDate\"}}]}}],"
                + $"\"tcbLevels\":[{{\"tcb\":{{\"sgxtcbcomponents\":[{sgx}],\"pcesvn\":13,\"tdxtcbcomponents\":[{tdx}]}},"
                + $"{level}\"UpToDate\"}}]}}",
        };
        return forge.Build();
    }

    private static QuoteClaims Td(string svn, string? now) => new()
    {
        Tee = TeeType.Tdx,
        UniqueId = string.Empty,
        SignerId = string.Empty,
        ProductId = 0,
        SecurityVersion = 0,
        Debug = false,
        ReportData = ReportData.FromBytes(new byte[64]),
        Platform = new DcapPlatform
        {
            Fmspc = "00606A000000",
            PceId = "0000",
            TcbComponents = [.. Enumerable.Repeat((byte)5, 16)],
            PceSvn = 13,
            QeSvn = 0,
            PpidHash = string.Empty,
            SgxType = 0,
            RootCaHash = string.Empty,
        },
        Tdx = new TdxClaims
        {
            TeeTcbSvn = svn.PadRight(32, '0'),
            TeeTcbSvn2 = now?.PadRight(32, '0'),
            MrSeam = string.Empty,
            MrSignerSeam = string.Empty,
            SeamAttributes = string.Empty,
            TdAttributes = string.Empty,
            Xfam = string.Empty,
            MrTd = string.Empty,
            MrConfigId = string.Empty,
            MrOwner = string.Empty,
            MrOwnerConfig = string.Empty,
            Rtmr0 = string.Empty,
            Rtmr1 = string.Empty,
            Rtmr2 = string.Empty,
            Rtmr3 = string.Empty,
        },
    };

    private async Task<ImmutableArray<TcbGap>> FindGapsAsync(TeeType tee, SimulationScenario scenario)
    {
        DcapCollateral collateral = _platform.CreateCollateral(tee, scenario);
        return TcbInspection.FindGaps(await VerifyAsync(tee, collateral), collateral, _platform.TrustAnchor)!.Value;
    }

    /// <summary>The claims of a quote, accepted or not.</summary>
    private async Task<QuoteClaims> VerifyAsync(TeeType tee, DcapCollateral collateral)
    {
        var data = ReportData.ForCertificate("certificate"u8);
        IQuoteIssuer issuer = tee == TeeType.Tdx
            ? _platform.CreateTdxIssuer(new TdMeasurement { MrTd = new string('c', 96) })
            : _platform.CreateIssuer(new AppMeasurement
            {
                UniqueId = new string('a', 64),
                SignerId = _platform.SignerId,
                ProductId = 1,
                SecurityVersion = 1,
            });
        Quote quote = await issuer.IssueAsync(data, TestContext.Current.CancellationToken);
        Verdict verdict = await new DcapQuoteVerifier(_platform.TrustAnchor, collateral).VerifyAsync(
            quote,
            new QuoteExpectation { ReportData = data, Package = new PackageProperties { Debug = true } },
            TestContext.Current.CancellationToken);
        return verdict.Claims!;
    }
}
