using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Cli.SelfTests;
using MarbleRun.Tee;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.SelfTests;

/// <summary><c>selftest tee</c> in each world of the fake shim, and without one.</summary>
[Collection(FakeTee.Tests)]
public sealed class TeeSelfTestTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose()
    {
        FakeTee.Leave();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Gramine", "evidence evidence.again evidence.parallel key.unique key.product key.policies", "extend")]
    [InlineData("Occlum", "evidence evidence.again evidence.parallel key.unique key.product key.policies", "extend")]
    [InlineData("Mystikos", "evidence evidence.again evidence.parallel key.unique key.product key.policies", "extend")]
    [InlineData("Snp", "evidence evidence.again evidence.parallel key.unique", "key.product extend")]
    [InlineData("SevGuest", "evidence evidence.again evidence.parallel key.unique", "key.product extend")]
    [InlineData("Tdx", "evidence evidence.again evidence.parallel", "key.unique key.product")]
    public async Task Run_InAnEnvironment_UsesAllThatItOffers(string world, string passed, string notOffered)
    {
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world));

        Transcript run = await Transcript.RunAsync("selftest", "tee", "--json");

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        Assert.True(report.GetProperty("passed").GetBoolean());
        Assert.Equal("open " + passed, Steps(report, "passed"));
        Assert.Equal(notOffered, Steps(report, "not offered"));
        Assert.Equal(world == "Tdx" ? "extend verification" : "verification", Steps(report, "not done"));
    }

    [Fact]
    public async Task Run_AsText_SaysWhatWasDoneAndWhatWasNot()
    {
        FakeTee.Enter(FakeTee.World.Occlum);

        Transcript run = await Transcript.RunAsync("selftest", "tee");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\nocclum by Occlum: Evidence, UniqueKey, ProductKey, KeyId\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  ok   key.product: derived again by its identifier of 60 bytes", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  -    verification: the evidence was not verified: no --collateral", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nEverything that this platform offers works.\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_WithoutEnvironment_EndsWith1AndTheRemedy(bool json)
    {
        FakeTee.Enter(FakeTee.World.None);

        Transcript run = await Transcript.RunAsync(["selftest", "tee", .. json ? ["--json"] : Array.Empty<string>()]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Start the process in a trusted execution environment", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("works", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tdx", 'w', 5, "evidence evidence.again evidence.parallel")]
    [InlineData("Gramine", 'w', 13, "evidence evidence.again evidence.parallel")]
    [InlineData("Snp", 'i', 5, "key.unique")]
    [InlineData("Mystikos", 's', 5, "evidence evidence.again evidence.parallel key.unique key.product key.policies")]
    public async Task Run_CallThatFails_EndsWith1AndGoesOn(string world, char call, int error, string failed)
    {
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world), failing: call, error: error);

        Transcript run = await Transcript.RunAsync("selftest", "tee", "--json");

        Assert.Equal(1, run.ExitCode);
        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(failed, Steps(report, "failed"));
        Assert.Contains($"errno {error}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_EvidenceOverOtherReportData_IsAFailure()
    {
        FakeTee.Enter(FakeTee.World.Gramine, lies: true);

        Transcript run = await Transcript.RunAsync("selftest", "tee");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("FAIL evidence: ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nSomething failed.\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Run_Extend_IsDoneOnRequestAlone(bool extend, int times)
    {
        FakeTee.Enter(FakeTee.World.Tdx);

        Transcript run = await Transcript.RunAsync(["selftest", "tee", .. extend ? ["--extend"] : Array.Empty<string>()]);

        Assert.Equal((0, times), (run.ExitCode, FakeTee.Extensions));
    }

    /// <remarks>The report is sent to others: nothing of a key may be in it, neither as it is nor as a hash.</remarks>
    [Theory]
    [InlineData("Gramine")]
    [InlineData("Snp")]
    [Trait("Security", "E7")]
    public async Task Report_OfKeys_HoldsNothingOfThem(string world)
    {
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world));
        using var platform = TeePlatform.Open();
        var derived = new byte[32];
        platform.DeriveSealingKey(TeeSealingPolicy.Unique, "MarbleRun selftest v1"u8, keyId: [], derived, out _);
        byte[] raw = [.. Enumerable.Repeat(world == "Gramine" ? (byte)0xA6 : (byte)0x49, world == "Gramine" ? 16 : 32)];
        Assert.Equal(HKDF.DeriveKey(HashAlgorithmName.SHA256, raw, 32, [], "MarbleRun selftest v1"u8.ToArray()), derived);

        string output = string.Concat(
            (await Transcript.RunAsync("selftest", "tee")).Output, (await Transcript.RunAsync("selftest", "tee", "--json")).Output);

        Assert.All((byte[][])[raw, derived, SHA256.HashData(raw), SHA256.HashData(derived)], secret =>
        {
            Assert.DoesNotContain(Convert.ToHexString(secret, 0, 4), output, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(secret, 0, 6), output, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("--backend", "sgx")]
    [InlineData("--collateral", "missing.json")]
    [InlineData("--everything")]
    public async Task Run_WrongArguments_EndsWith2(params string[] arguments)
    {
        FakeTee.Enter(FakeTee.World.Gramine);

        Transcript run = await Transcript.RunAsync(["selftest", "tee", .. arguments]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("Error: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BackendThatIsNotThere_EndsWith1()
    {
        FakeTee.Enter(FakeTee.World.Gramine);

        Assert.Equal(1, (await Transcript.RunAsync("selftest", "tee", "--backend", "ConfigFsTsm")).ExitCode);
    }

    /// <remarks>The fake platform signs nothing.</remarks>
    [Fact]
    public async Task Run_EvidenceThatIsNotGenuine_EndsWith1AndNamesTheChecks()
    {
        FakeTee.Enter(FakeTee.World.Gramine);
        SimulationPlatform platform = SimulationPlatform.Open(_folder.File("platform"));
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => platform.CreateCollateral(t), "v4");

        Transcript run = await Transcript.RunAsync("selftest", "tee", "--collateral", pccs.Address.AbsoluteUri);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("FAIL verification: rejected: quote.", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "genuine, TCB status UpToDate")]
    [InlineData(true, "genuine, TCB status UpToDate, IN DEBUG MODE")]
    public async Task Verification_OfGenuineEvidence_SaysWhatItIs(bool debug, string detail)
    {
        SimulationPlatform platform = SimulationPlatform.Open(_folder.File("platform"));
        Quote quote = await platform.CreateIssuer(platform.MeasureRunningProcess(), debug)
            .IssueAsync(ReportData.FromBytes(new byte[ReportData.Size]), TestContext.Current.CancellationToken);
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => platform.CreateCollateral(t), "v4");
        string root = _folder.File("root.der");
        File.WriteAllBytes(root, platform.TrustAnchor.Certificate.ToArray());

        SelfTestStep step = await EvidenceVerification.RunAsync(
            quote, pccs.Address.AbsoluteUri, root, TestContext.Current.CancellationToken);

        Assert.Equal((SelfTestOutcome.Passed, detail), (step.Outcome, step.Detail));
    }

    private static string Steps(JsonElement report, string outcome) => string.Join(
        ' ',
        report.GetProperty("steps").EnumerateArray()
            .Where(s => s.GetProperty("outcome").GetString() == outcome)
            .Select(s => s.GetProperty("name").GetString()));
}
