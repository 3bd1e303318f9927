using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Cli.Tests.Quotes;

/// <summary>The command line fetches collateral from the service that the user names, and from no other.</summary>
public sealed class CollateralUrlTests : IDisposable
{
    private const string At = "2026-06-01T12:00:00Z";

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("v4")]
    [InlineData("v3")]
    public async Task Verify_SgxQuoteWithUrlOfPccs_IsAccepted(string version)
    {
        SimulationPlatform platform = SimulationPlatform.Open(_folder.File("platform"));
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => platform.CreateCollateral(t), version);

        Transcript run = await VerifyQuoteAsync(platform, pccs.Address.AbsoluteUri);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("ok   collateral.available", run.Output, StringComparison.Ordinal);
        Assert.Contains("TCB status: UpToDate", run.Output, StringComparison.Ordinal);
        Assert.Equal(4, pccs.Server.Requests.Count);
    }

    [Fact]
    public async Task Verify_SgxQuoteWithUrlThatFails_EndsWith3AndTheReason()
    {
        SimulationPlatform platform = SimulationPlatform.Open(_folder.File("platform"));
        await using LoopbackServer server = await LoopbackServer.StartAsync(_ => { });

        Transcript run = await VerifyQuoteAsync(platform, server.Address.AbsoluteUri);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("FAIL collateral.available", run.Output, StringComparison.Ordinal);
        Assert.Contains("answered 404 instead of 200", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "B3")]
    public async Task Verify_SnpReportWithUrlOfKds_IsAcceptedAndExportsABundleThatServesOffline()
    {
        var forge = new SnpForge();
        string chip = Convert.ToHexStringLower(forge.Report.AsSpan(0x1a0, 64));
        SnpCollateral collateral = forge.Pki.Collateral() with { RevocationList = forge.Pki.RevocationList() };
        await using FakeKds kds = await FakeKds.StartAsync();
        kds.Serve("/vcek/v1/Genoa/", chip + "?blSPL=10&teeSPL=02&snpSPL=23&ucodeSPL=84", collateral);
        CollateralBundle bundle = CollateralBundle.Open(_folder.File("bundle"));
        await bundle.SaveSnpAsync(
            new SnpCollateralRequest(SnpSigningKey.Vcek, SnpProductLine.Genoa, chip, forge.Pki.Tcb), collateral, Cancellation);

        foreach (string source in (string[])[kds.Address.AbsoluteUri, bundle.Directory])
        {
            Transcript run = await VerifyReportAsync(forge, source);

            Assert.Equal(0, run.ExitCode);
            Assert.Contains("ok   crl.ark", run.Output, StringComparison.Ordinal);
        }

        Assert.Equal(3, kds.Server.Requests.Count);
    }

    [Fact]
    public async Task Verify_SnpReportWithoutList_IsRefusedWhereAServiceCouldHaveGivenIt()
    {
        var forge = new SnpForge();
        await using FakeKds kds = await FakeKds.StartAsync();
        kds.Serve(
            "/vcek/v1/Genoa/",
            Convert.ToHexStringLower(forge.Report.AsSpan(0x1a0, 64)) + "?blSPL=10&teeSPL=02&snpSPL=23&ucodeSPL=84",
            forge.Pki.Collateral());

        Transcript run = await VerifyReportAsync(forge, kds.Address.AbsoluteUri);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("FAIL collateral.available", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://user:hunter2@pccs.example")]
    [InlineData("https://pccs.example/?key=hunter2")]
    [Trait("Security", "G5")]
    public async Task Verify_UrlWithSecret_EndsWith2AndDoesNotRepeatIt(string url)
    {
        Transcript run = await Transcript.RunAsync("quote", "verify", Write(new byte[100]), "--collateral", url);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--collateral", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", run.Error + run.Output, StringComparison.Ordinal);
    }

    private async Task<Transcript> VerifyQuoteAsync(SimulationPlatform platform, string source)
    {
        var app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = platform.SignerId, ProductId = 3, SecurityVersion = 7 };
        Quote quote = await platform.CreateIssuer(app).IssueAsync(ReportData.ForCertificate("certificate"u8), Cancellation);
        string root = _folder.File("root.der");
        await File.WriteAllBytesAsync(root, platform.TrustAnchor.Certificate.ToArray(), Cancellation);
        return await Transcript.RunAsync("quote", "verify", Write(quote.RawData.Span), "--collateral", source, "--trusted-root", root);
    }

    private async Task<Transcript> VerifyReportAsync(SnpForge forge, string source)
    {
        string root = _folder.File("ark.der");
        await File.WriteAllBytesAsync(root, forge.Pki.ArkDer(), Cancellation);
        return await Transcript.RunAsync(
            "quote", "verify", Write(forge.Build()), "--collateral", source, "--trusted-root", root, "--at", At);
    }

    private string Write(ReadOnlySpan<byte> evidence)
    {
        string path = _folder.File("evidence.bin");
        File.WriteAllBytes(path, evidence);
        return path;
    }
}
