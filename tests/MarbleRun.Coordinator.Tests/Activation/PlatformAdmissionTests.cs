using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>
/// Enclaves and TDs of the simulation against packages, lists of machines, infrastructures and collateral, over the Coordinator's own
/// ports.
/// </summary>
public sealed class PlatformAdmissionTests : CoordinatorTest
{
    private const string SimulatedFmspc = "4D4252000000";

    private static readonly string s_48 = string.Concat(Enumerable.Repeat("ab", 48));
    private static readonly string s_32 = string.Concat(Enumerable.Repeat("cd", 32));
    private static readonly TdMeasurement s_td = new()
    {
        MrTd = s_48,
        Rtmr0 = Repeat("00"),
        Rtmr1 = Repeat("11"),
        Rtmr2 = Repeat("22"),
        Rtmr3 = Repeat("33"),
    };


    [Theory]
    [InlineData("SGX", false, true)]
    [InlineData("TDX", true, false)]
    [InlineData("SNP", true, true)]
    [InlineData("SGX TDX", false, false)]
    [InlineData("SGX SNP", false, true)]
    [InlineData("TDX SNP", true, false)]
    [InlineData("SGX TDX SNP", false, false)]
    public async Task Activate_QuoteOfAKindThatThePackageDoesNotName_IsRefused(string kinds, bool refusesSgx, bool refusesTdx)
    {
        CoordinatorHost host = await StartAsync();
        string[] members =
        [
            .. kinds.Contains("SGX", StringComparison.Ordinal) ? [$"\"UniqueID\":\"{Sgx(host).UniqueId}\""] : Array.Empty<string>(),
            .. kinds.Contains("TDX", StringComparison.Ordinal) ? [$"\"Tdx\":{{\"MRTD\":\"{s_48}\"}}"] : Array.Empty<string>(),
            .. kinds.Contains("SNP", StringComparison.Ordinal) ? [$"\"Snp\":{{\"Measurement\":\"{s_48}\"}}"] : Array.Empty<string>(),
        ];
        await EvidenceMarble.SetManifestAsync(host, $"{{{string.Join(',', members)}}}");

        AssertTee(refusesSgx, "an SGX enclave", await EvidenceMarble.RefusalAsync(host, Enclave(host)));
        AssertTee(refusesTdx, "a TD", await EvidenceMarble.RefusalAsync(host, Td(host)));
    }

    [Fact]
    public async Task Activate_SnpReportInSimulation_IsRefusedByItsKind()
    {
        CoordinatorHost host = await StartAsync();
        await EvidenceMarble.SetManifestAsync(host, $$"""{"Snp":{"Measurement":"{{s_48}}"} }""");
        byte[] report = [5, 0, 0, 0, .. new byte[1180]];

        Assert.Equal(
            "invalid quote: evidence.kind: expected a quote of Intel SGX or TDX, found what looks like a report of AMD SEV-SNP",
            await EvidenceMarble.RefusalAsync(host, _ => ValueTask.FromResult(Quote.FromRaw(report))));
    }

    [Theory]
    [InlineData("MRTD", "mr_td")]
    [InlineData("RTMR0", "rtmr0")]
    [InlineData("RTMR1", "rtmr1")]
    [InlineData("RTMR2", "rtmr2")]
    [InlineData("RTMR3", "rtmr3")]
    [InlineData("MRSEAM", "mr_seam")]
    [InlineData("TDAttributes", "td_attributes")]
    [InlineData("MinimumTEETCBSVN", "tee_tcb_svn")]
    public async Task Activate_TdThatDiffersInOneMember_IsRefusedByThatMember(string member, string code)
    {
        CoordinatorHost host = await StartAsync();
        TdxClaims td = (await ClaimsAsync(host, Td(host))).Tdx!;
        var members = new Dictionary<string, string>
        {
            ["MRTD"] = td.MrTd,
            ["RTMR0"] = td.Rtmr0,
            ["RTMR1"] = td.Rtmr1,
            ["RTMR2"] = td.Rtmr2,
            ["RTMR3"] = td.Rtmr3,
            ["MRSEAM"] = td.MrSeam,
            ["TDAttributes"] = td.TdAttributes,
            ["MinimumTEETCBSVN"] = td.TeeTcbSvn,
        };
        members[member] = (members[member][0] == 'f' ? '0' : 'f') + members[member][1..];
        await EvidenceMarble.SetManifestAsync(host, Package(members));

        Assert.StartsWith(
            $"invalid quote: package.tdx.{code}: expected {members[member]}",
            await EvidenceMarble.RefusalAsync(host, Td(host)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_TdThatFitsEveryMember_IsAdmitted()
    {
        CoordinatorHost host = await StartAsync();
        TdxClaims td = (await ClaimsAsync(host, Td(host))).Tdx!;
        await EvidenceMarble.SetManifestAsync(host, Package(new Dictionary<string, string>
        {
            ["MRTD"] = td.MrTd.ToUpperInvariant(),
            ["RTMR0"] = td.Rtmr0,
            ["RTMR1"] = td.Rtmr1,
            ["RTMR2"] = td.Rtmr2,
            ["RTMR3"] = td.Rtmr3,
            ["MRSEAM"] = td.MrSeam,
            ["TDAttributes"] = td.TdAttributes,
            ["MinimumTEETCBSVN"] = td.TeeTcbSvn,
        }));

        await EvidenceMarble.ActivateAsync(host, Td(host));
        Assert.StartsWith(
            "invalid quote: package.debug: ", await EvidenceMarble.RefusalAsync(host, Td(host, debug: true)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"AllowedFMSPCs\":[\"4d4252000000\"]", true)]
    [InlineData("\"AllowedFMSPCs\":[\"00606A000000\"]", false)]
    [InlineData("\"DeniedFMSPCs\":[\"4d4252000000\"]", false)]
    [InlineData("\"DeniedFMSPCs\":[\"00606A000000\"]", true)]
    [InlineData("\"AllowedPlatforms\":[\"PPID\"]", true)]
    [InlineData("\"AllowedPlatforms\":[\"OTHER\"]", false)]
    [InlineData("\"DeniedPlatforms\":[\"PPID\"]", false)]
    [InlineData("\"DeniedPlatforms\":[\"OTHER\"]", true)]
    [InlineData("\"AllowedFMSPCs\":[\"4D4252000000\"],\"DeniedPlatforms\":[\"PPID\"]", false)]
    [Trait("Security", "B11")]
    public async Task Activate_ListOfMachines_DecidesForEnclavesAndTds(string lists, bool isAdmitted)
    {
        CoordinatorHost host = await StartAsync();
        string ppid = (await ClaimsAsync(host, Enclave(host))).Platform!.PpidHash;
        string platforms = lists.Replace("PPID", ppid, StringComparison.Ordinal).Replace("OTHER", s_32, StringComparison.Ordinal);
        await EvidenceMarble.SetManifestAsync(
            host, $$"""{"UniqueID":"{{Sgx(host).UniqueId}}","Tdx":{"MRTD":"{{s_48}}"},"Platforms":{{{platforms}}} }""");

        foreach (Func<ReportData, ValueTask<Quote>> attest in new[] { Enclave(host), Td(host) })
        {
            string? refusal = await EvidenceMarble.RefusalAsync(host, attest);
            Assert.Equal(isAdmitted, refusal is null);
            Assert.StartsWith(
                "invalid quote: platform.lists: expected ",
                refusal ?? "invalid quote: platform.lists: expected ",
                StringComparison.Ordinal);
        }
    }

    [Fact]
    [Case("marble-api", "Several infrastructures: one must fit")]
    public async Task Activate_MachineThatFitsOneInfrastructure_IsAdmitted()
    {
        CoordinatorHost host = await StartAsync();
        DcapPlatform platform = (await ClaimsAsync(host, Enclave(host))).Platform!;
        string root = Convert.ToBase64String(Convert.FromHexString(platform.RootCaHash));
        await EvidenceMarble.SetManifestAsync(
            host,
            $$"""{"UniqueID":"{{Sgx(host).UniqueId}}","Tdx":{"MRTD":"{{s_48}}"} }""",
            $$"""
            {"other":{"QESVN":65535},
             "lab":{"CPUSVN":[{{string.Join(',', platform.TcbComponents)}}],"QESVN":{{platform.QeSvn}},"PCESVN":{{platform.PceSvn}},"RootCA":"{{root}}"} }
            """);

        await EvidenceMarble.ActivateAsync(host, Enclave(host));
        await EvidenceMarble.ActivateAsync(host, Td(host));
    }

    [Fact]
    public async Task Activate_MachineThatFitsNoInfrastructure_GetsTheWordsOfTheWireAndTheLogKeepsEachReason()
    {
        CoordinatorHost host = await StartAsync();
        await EvidenceMarble.SetManifestAsync(
            host,
            $$"""{"UniqueID":"{{Sgx(host).UniqueId}}"}""",
            $$"""{"azure":{"QESVN":7},"lab":{"CPUSVN":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2]},"other":{"RootCA":"{{Convert.ToBase64String(new byte[32])}}"},"shelf":{"PCESVN":9} }""");

        Assert.Equal("invalid infrastructure", await EvidenceMarble.RefusalAsync(host, Enclave(host)));

        string entry = Assert.Single(host.Logs.Entries, e => e.Contains(" QuoteRefused: ", StringComparison.Ordinal));
        Assert.Contains(
            "platform.infrastructure: expected one of the infrastructures [azure, lab, other, shelf], found azure: QESVN 1 is below 7; "
            + "lab: CPUSVN ",
            entry,
            StringComparison.Ordinal);
        Assert.Contains("; other: the root ", entry, StringComparison.Ordinal);
        Assert.Contains("; shelf: PCESVN 1 is below 9", entry, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_BadQuoteWhereThereAreInfrastructures_KeepsItsOwnReason()
    {
        CoordinatorHost host = await StartAsync();
        await EvidenceMarble.SetManifestAsync(host, $$"""{"UniqueID":"{{s_32}}"}""", """{"lab":{"QESVN":1}}""");

        Assert.StartsWith(
            "invalid quote: package.unique_id: ", await EvidenceMarble.RefusalAsync(host, Enclave(host)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Activate_CollateralOverLoopback_AdmitsTheGoodPlatformAndRefusesTheRevokedOne()
    {
        var platform = SimulationPlatform.Open(Folder.File("simulation"));
        var scenario = new SimulationScenario();
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(tee => platform.CreateCollateral(tee, scenario));
        await using (CoordinatorHost host = await StartAsync(settings: Asking(pccs)))
        {
            await EvidenceMarble.SetManifestAsync(host, $$"""{"UniqueID":"{{Sgx(host).UniqueId}}","Tdx":{"MRTD":"{{s_48}}"} }""");
            await EvidenceMarble.ActivateAsync(host, Enclave(host));
            await EvidenceMarble.ActivateAsync(host, Td(host));
        }

        scenario = new SimulationScenario { IsPckRevoked = true };
        CoordinatorHost later = await StartAsync(settings: Asking(pccs));
        Assert.StartsWith("invalid quote: crl.pck: ", await EvidenceMarble.RefusalAsync(later, Enclave(later)), StringComparison.Ordinal);
        Assert.StartsWith("invalid quote: crl.pck: ", await EvidenceMarble.RefusalAsync(later, Td(later)), StringComparison.Ordinal);
        Assert.Contains(later.Logs.Entries, e => e.Contains("Rejected (Revoked)", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "A21")]
    public async Task Activate_TcbStatus_IsJudgedByThePackage()
    {
        var platform = SimulationPlatform.Open(Folder.File("simulation"));
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(
            tee => platform.CreateCollateral(
                tee, new SimulationScenario { PlatformTcb = TcbStatus.SWHardeningNeeded, Advisories = ["INTEL-SA-00615"] }));
        CoordinatorHost host = await StartAsync(settings: Asking(pccs));
        await EvidenceMarble.SetManifestAsync(
            host,
            $$"""{"UniqueID":"{{Sgx(host).UniqueId}}","Tdx":{"MRTD":"{{s_48}}"},"AcceptedTCBStatuses":["UpToDate","SWHardeningNeeded"],"AcceptedAdvisories":["INTEL-SA-00614"]}""");

        Assert.StartsWith(
            "invalid quote: tcb.advisories: ", await EvidenceMarble.RefusalAsync(host, Enclave(host)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "A14")]
    public async Task Activate_CollateralThatCannotBeFetched_IsARejectionThatSaysWhereInTheLogAlone()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(_ => throw new InvalidOperationException());
        CoordinatorHost host = await StartAsync(settings: Asking(pccs));
        await EvidenceMarble.SetManifestAsync(host, $$"""{"UniqueID":"{{Sgx(host).UniqueId}}"}""");

        Assert.Equal(
            $"invalid quote: collateral.available: collateral missing: expected the collateral of FMSPC {SimulatedFmspc} (Sgx)",
            await EvidenceMarble.RefusalAsync(host, Enclave(host), StatusCode.Unavailable));
        Assert.Contains(
            host.Logs.Entries,
            e => e.Contains("QuoteRefused", StringComparison.Ordinal) && e.Contains(pccs.Address.Authority, StringComparison.Ordinal));
    }

    private static (string, string)[] Asking(SimulationPccs pccs) =>
        [("Attestation:PccsUrl", pccs.Address.AbsoluteUri), ("Attestation:AskInSimulation", "true")];

    private static void AssertTee(bool refuses, string found, string? refusal)
    {
        Assert.Equal(refuses, refusal is not null);
        if (refuses)
        {
            Assert.StartsWith("invalid quote: package.tee: expected ", refusal, StringComparison.Ordinal);
            Assert.EndsWith($", found {found}", refusal, StringComparison.Ordinal);
        }
    }

    private static string Package(Dictionary<string, string> tdx) =>
        $"{{\"Tdx\":{{{string.Join(',', tdx.Select(m => $"\"{m.Key}\":\"{m.Value}\""))}}}}}";

    private static AppMeasurement Sgx(CoordinatorHost host) => host.Platform.MeasureRunningProcess();

    private static Func<ReportData, ValueTask<Quote>> Enclave(CoordinatorHost host) =>
        data => host.Platform.CreateIssuer(Sgx(host)).IssueAsync(data, Cancellation);

    private static Func<ReportData, ValueTask<Quote>> Td(CoordinatorHost host, bool debug = false) =>
        data => host.Platform.CreateTdxIssuer(s_td, debug).IssueAsync(data, Cancellation);

    private static async Task<QuoteClaims> ClaimsAsync(CoordinatorHost host, Func<ReportData, ValueTask<Quote>> attest)
    {
        ReportData data = ReportData.FromBytes(new byte[ReportData.Size]);
        Verdict verdict = await host.Platform.CreateVerifier().VerifyAsync(
            await attest(data), new QuoteExpectation { ReportData = data, Package = new PackageProperties() }, Cancellation);
        Assert.True(verdict.IsAccepted, verdict.ToString());
        return verdict.Claims!;
    }

    private static string Repeat(string hex) => string.Concat(Enumerable.Repeat(hex, 48));
}
