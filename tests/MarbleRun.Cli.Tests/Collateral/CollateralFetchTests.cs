using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Cli.Tests.Collateral;

/// <summary>A bundle is filled over loopback, and a verifier without a network uses it.</summary>
public sealed class CollateralFetchTests : IDisposable
{
    private static readonly ReportData s_data = ReportData.ForCertificate("certificate"u8);

    private readonly TemporaryDirectory _folder = new();
    private readonly SimulationPlatform _platform;
    private readonly string _bundle;
    private readonly string _root;

    public CollateralFetchTests()
    {
        _platform = SimulationPlatform.Open(_folder.File("platform"));
        _bundle = _folder.File("bundle");
        _root = _folder.File("root.pem");
        File.WriteAllText(_root, _platform.TrustAnchor.ToPem());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TeeType.Sgx)]
    [InlineData(TeeType.Tdx)]
    public async Task Fetch_ForAQuote_FillsABundleThatVerifiesIt(TeeType tee)
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));
        (Quote quote, string file) = await IssueAsync(tee);

        Transcript transcript = await FetchAsync("--quote", file, "--pccs", pccs.Address.AbsoluteUri);

        Assert.Equal((0, string.Empty), (transcript.ExitCode, transcript.Error));
        Assert.Contains($"Intel {tee.ToString().ToUpperInvariant()}, FMSPC 4D4252000000, PCK platform CA", transcript.Output);
        Assert.Contains("fetch it again before", transcript.Output, StringComparison.Ordinal);
        Verdict verdict = await new DcapQuoteVerifier(_platform.TrustAnchor, CollateralBundle.Open(_bundle)).VerifyAsync(
            quote,
            new QuoteExpectation { ReportData = s_data, Package = new PackageProperties { AcceptedTcbStatuses = ["UpToDate"] } },
            Cancellation);
        Assert.Equal(TcbStatus.UpToDate, verdict.Claims!.TcbStatus);
        AssertNothingStaged();
    }

    [Fact]
    public async Task Fetch_ForNamedFamilies_WritesAFileForEachKindOfEvidence()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));

        Transcript transcript = await FetchAsync("--fmspc", "4d4252000000", "--pccs", pccs.Address.AbsoluteUri, "--format", "json");

        Assert.Equal((0, string.Empty), (transcript.ExitCode, transcript.Error));
        Assert.Equal(["dcap-sgx-4d4252000000-platform.json", "dcap-tdx-4d4252000000-platform.json"], Files());
        using var json = JsonDocument.Parse(transcript.Output);
        JsonElement[] platforms = [.. json.RootElement.GetProperty("platforms").EnumerateArray()];
        Assert.Equal(2, platforms.Length);
        DateTimeOffset first = platforms
            .SelectMany(p => p.GetProperty("documents").EnumerateArray())
            .Min(d => d.GetProperty("validUntil").GetDateTimeOffset());
        Assert.Equal(first, json.RootElement.GetProperty("validUntil").GetDateTimeOffset());
    }

    [Fact]
    public async Task Fetch_IntoAnExistingBundle_KeepsItsOtherFiles()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));
        Directory.CreateDirectory(_bundle);
        await File.WriteAllTextAsync(Path.Combine(_bundle, "other.txt"), "kept", Cancellation);

        Assert.Equal(0, (await FetchAsync("--fmspc", "4D4252000000", "--tee", "sgx", "--pccs", pccs.Address.AbsoluteUri)).ExitCode);

        Assert.Equal(["dcap-sgx-4d4252000000-platform.json", "other.txt"], Files());
        AssertNothingStaged();
    }

    [Fact]
    public async Task Fetch_ExpiredCollateral_WritesNothing()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(
            t => _platform.CreateCollateral(t, new SimulationScenario { IsExpired = true }));

        Transcript transcript = await FetchAsync("--fmspc", "4D4252000000", "--tee", "sgx", "--pccs", pccs.Address.AbsoluteUri);

        Assert.Equal(3, transcript.ExitCode);
        Assert.Contains("TCB info: valid from", transcript.Error, StringComparison.Ordinal);
        AssertNothingWritten();
    }

    [Fact]
    public async Task Fetch_CollateralOfAnotherRoot_WritesNothing()
    {
        SimulationPlatform other = SimulationPlatform.Open(_folder.File("other"));
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => other.CreateCollateral(t));

        Transcript transcript = await FetchAsync("--fmspc", "4D4252000000", "--tee", "sgx", "--pccs", pccs.Address.AbsoluteUri);

        Assert.Equal(3, transcript.ExitCode);
        AssertNothingWritten();
    }

    [Fact]
    public async Task Fetch_ServiceThatLacksOneOfTwoPlatforms_WritesNothing()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));

        Transcript transcript = await FetchAsync(
            "--fmspc", "4D4252000000", "--fmspc", "00606A000000", "--tee", "sgx", "--pccs", pccs.Address.AbsoluteUri);

        Assert.Equal(4, transcript.ExitCode);
        Assert.Contains("answered 404", transcript.Error, StringComparison.Ordinal);
        AssertNothingWritten();
    }

    [Fact]
    public async Task Fetch_QuoteThatNoCollateralCanHelp_SaysSo()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));
        (_, string file) = await IssueAsync(TeeType.Sgx);

        Transcript transcript = await Transcript.RunAsync(
            "collateral", "fetch", _bundle, "--quote", file, "--pccs", pccs.Address.AbsoluteUri);

        Assert.Equal(3, transcript.ExitCode);
        Assert.Contains("whatever the collateral is", transcript.Error, StringComparison.Ordinal);
        Assert.Empty(pccs.Server.Requests);
        AssertNothingWritten();
    }

    [Fact]
    public async Task Fetch_EarlySet_IsRequested()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => _platform.CreateCollateral(t));
        pccs.Early = t => _platform.CreateCollateral(t, new SimulationScenario { TcbEvaluationDataNumber = 9 });

        Transcript transcript = await FetchAsync(
            "--fmspc", "4D4252000000", "--tee", "sgx", "--early", "--pccs", pccs.Address.AbsoluteUri, "--format", "json");

        Assert.Contains("\"tcbEvaluationDataNumber\": 9", transcript.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_ForAReportOfAmd_FillsABundleThatVerifiesIt()
    {
        var forge = new SnpForge();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        SnpCollateral collateral = forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList(now: now) };
        await using FakeKds kds = await FakeKds.StartAsync();
        string chip = Convert.ToHexStringLower([.. forge.Pki.HardwareId, .. new byte[56]]);
        kds.Serve("/vcek/v1/Genoa/", $"{chip}?blSPL=10&teeSPL=02&snpSPL=23&ucodeSPL=84", collateral);
        string report = _folder.File("report.bin");
        await File.WriteAllBytesAsync(report, forge.Build(), Cancellation);
        string root = _folder.File("ark.der");
        await File.WriteAllBytesAsync(root, forge.Pki.ArkDer(), Cancellation);

        Transcript transcript = await Transcript.RunAsync(
            "collateral", "fetch", _bundle, "--quote", report, "--kds", kds.Address.AbsoluteUri, "--trusted-root", root);

        Assert.Equal((0, string.Empty), (transcript.ExitCode, transcript.Error));
        Assert.Equal([$"{chip}-541700000000020a.der", "ark.der", "ask.der", "crl.der"], Files().Select(Path.GetFileName));
        Verdict verdict = await new SnpReportVerifier(forge.Pki.Anchor(), CollateralBundle.Open(_bundle)).VerifyAsync(
            Quote.FromRaw(await File.ReadAllBytesAsync(report, Cancellation)),
            new QuoteExpectation { ReportData = s_data, Package = new PackageProperties { Snp = new SnpProperties() } },
            Cancellation);
        Assert.DoesNotContain(verdict.Checks, c => c is { Code: "collateral.available", Outcome: VerdictCheckOutcome.Failed });
    }

    [Fact]
    public async Task Fetch_IssuersOfAProductLine_NeedNoReport()
    {
        var pki = new SnpTestPki();
        SnpCollateral collateral = pki.Collateral() with { RevocationList = pki.RevocationList(now: TimeProvider.System.GetUtcNow()) };
        await using FakeKds kds = await FakeKds.StartAsync();
        kds.Serve("/vcek/v1/Genoa/", vek: null, collateral);
        string root = _folder.File("ark.der");
        await File.WriteAllBytesAsync(root, pki.ArkDer(), Cancellation);

        Transcript transcript = await Transcript.RunAsync(
            "collateral", "fetch", _bundle, "--amd", "genoa", "--kds", kds.Address.AbsoluteUri, "--trusted-root", root);

        Assert.Equal((0, string.Empty), (transcript.ExitCode, transcript.Error));
        Assert.Equal(["ark.der", "ask.der", "crl.der"], Files().Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("--pccs", "http://localhost:1")]
    [InlineData("--fmspc", "4D4252000000")]
    [InlineData("--fmspc", "4D42", "--pccs", "http://localhost:1")]
    [InlineData("--fmspc", "4D4252000000", "--pccs", "http://user@localhost:1")]
    [InlineData("--amd", "naples", "--kds", "amd")]
    public async Task Fetch_WrongArguments_AreRefused(params string[] arguments)
    {
        Transcript transcript = await FetchAsync(arguments);

        Assert.Equal(2, transcript.ExitCode);
        AssertNothingWritten();
    }

    private Task<Transcript> FetchAsync(params string[] arguments) =>
        Transcript.RunAsync(["collateral", "fetch", _bundle, "--trusted-root", _root, .. arguments]);

    private async Task<(Quote Quote, string File)> IssueAsync(TeeType tee)
    {
        IQuoteIssuer issuer = tee == TeeType.Tdx
            ? _platform.CreateTdxIssuer(new TdMeasurement { MrTd = new string('c', 96) })
            : _platform.CreateIssuer(_platform.MeasureRunningProcess());
        Quote quote = await issuer.IssueAsync(s_data, Cancellation);
        string file = _folder.File("quote.bin");
        await File.WriteAllBytesAsync(file, quote.ToEvidence(), Cancellation);
        return (quote, file);
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(_bundle, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(_bundle, f))
        .Order(StringComparer.Ordinal);

    private void AssertNothingWritten()
    {
        Assert.False(Directory.Exists(_bundle));
        AssertNothingStaged();
    }

    private void AssertNothingStaged() => Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_bundle)!, "*.tmp"));
}
