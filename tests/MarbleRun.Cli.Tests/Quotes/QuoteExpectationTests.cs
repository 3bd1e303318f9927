using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Quotes;

/// <summary>What the user expects of evidence decides; without it the command says what it did not compare.</summary>
public sealed class QuoteExpectationTests : IAsyncLifetime
{
    private static readonly string s_other = new('e', 64);

    private readonly TemporaryDirectory _folder = new();
    private QuoteClaims _sgx = null!;
    private QuoteClaims _tdx = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var platform = SimulationPlatform.Open(_folder.File("simulation"));
        await File.WriteAllTextAsync(_folder.File("root.pem"), platform.TrustAnchor.ToPem(), Cancellation);
        _sgx = await IssueAsync(platform, platform.CreateIssuer(platform.MeasureRunningProcess()), "sgx.bin");
        _tdx = await IssueAsync(platform, platform.CreateTdxIssuer(new TdMeasurement { MrTd = new string('a', 96) }), "tdx.bin");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Verify_WithoutAnExpectation_SaysWhatWasNotComparedAndPrintsTheCode()
    {
        Transcript run = await VerifyAsync("sgx.bin");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Accepted as genuine, for any code\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"\nMRENCLAVE: {_sgx.UniqueId}\nMRSIGNER: {_sgx.SignerId}\nproduct: {_sgx.ProductId}\nsecurity version: "
            + $"{_sgx.SecurityVersion}\n",
            run.Output,
            StringComparison.Ordinal);
        Assert.Contains($"\nreport data: {_sgx.ReportData}\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nNot compared: the code. Any code on a genuine machine is accepted.", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nNot compared: the report data,", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ok   report.data", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_EverythingAsExpected_IsAcceptedWithoutARemark()
    {
        Transcript run = await VerifyAsync(
            "sgx.bin", "--unique-id", _sgx.UniqueId.ToUpperInvariant(), "--report-data", $"{_sgx.ReportData}");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Accepted\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("  ok   report.data\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("  ok   package.unique_id\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Not compared", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sgx.bin", "package.unique_id", "--unique-id", "32")]
    [InlineData("sgx.bin", "package.signer_id", "--signer-id", "32")]
    [InlineData("sgx.bin", "package.product_id", "--product-id", "65535")]
    [InlineData("sgx.bin", "package.security_version", "--security-version", "65535")]
    [InlineData("sgx.bin", "report.data", "--report-data", "1")]
    [InlineData("sgx.bin", "package.tee", "--mrtd", "48")]
    [InlineData("sgx.bin", "package.tee", "--measurement", "48")]
    [InlineData("tdx.bin", "package.tdx.mr_td", "--mrtd", "48")]
    [InlineData("tdx.bin", "package.tee", "--unique-id", "32")]
    [InlineData("tdx.bin", "report.data", "--report-data", "64")]
    public async Task Verify_OtherThanExpected_IsRejectedByTheSdksCheck(string file, string check, string option, string value)
    {
        string expected = value.Length < 3
            ? new string('e', 2 * int.Parse(value, System.Globalization.CultureInfo.InvariantCulture))
            : value;

        Transcript run = await VerifyAsync(file, option, expected);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"  FAIL {check}: expected ", run.Output, StringComparison.Ordinal);
        Assert.Contains("         do: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_SignerAloneOrFirmwareAlone_SaysWhatElsePasses()
    {
        Transcript signer = await VerifyAsync("sgx.bin", "--signer-id", _sgx.SignerId);
        Transcript whole = await VerifyAsync(
            "sgx.bin", "--signer-id", _sgx.SignerId, "--product-id", $"{_sgx.ProductId}", "--security-version", $"{_sgx.SecurityVersion}");
        Transcript firmware = await VerifyAsync("tdx.bin", "--mrtd", _tdx.UniqueId);

        Assert.Equal((0, 0, 0), (signer.ExitCode, whole.ExitCode, firmware.ExitCode));
        Assert.Contains(
            "Not compared: the product, the security version. Other code is accepted as well", signer.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Other code", whole.Output, StringComparison.Ordinal);
        Assert.Contains("Not compared: everything that the firmware started.", firmware.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("manifest.json", "{{\"Packages\":{{\"app\":{{\"UniqueID\":\"{0}\"}},\"other\":{{\"UniqueID\":\"{1}\"}}}}}}")]
    [InlineData("manifest.yaml", "Packages:\n  app:\n    UniqueID: {0}\n  other:\n    UniqueID: {1}\n")]
    public async Task Verify_PackageOfAManifest_Decides(string name, string format)
    {
        string manifest = _folder.File(name);
        await File.WriteAllTextAsync(
            manifest, string.Format(System.Globalization.CultureInfo.InvariantCulture, format, _sgx.UniqueId, s_other), Cancellation);

        Transcript right = await VerifyAsync("sgx.bin", "--manifest", manifest, "--package", "app");
        Transcript wrong = await VerifyAsync("sgx.bin", "--manifest", manifest, "--package", "other");
        Transcript none = await VerifyAsync("sgx.bin", "--manifest", manifest, "--package", "App");

        Assert.Equal((0, 3, 2), (right.ExitCode, wrong.ExitCode, none.ExitCode));
        Assert.StartsWith("Accepted\n", right.Output, StringComparison.Ordinal);
        Assert.Contains($"FAIL package.unique_id: expected {s_other}, found {_sgx.UniqueId}", wrong.Output, StringComparison.Ordinal);
        Assert.Equal($"Error: The manifest {manifest} has no package 'App'. It has: app, other.\n", none.Error);
    }

    [Fact]
    public async Task Verify_InfrastructuresOfAManifest_CountToo()
    {
        string manifest = _folder.File("manifest.json");
        await File.WriteAllTextAsync(
            manifest,
            $"{{\"Packages\":{{\"app\":{{\"UniqueID\":\"{_sgx.UniqueId}\"}}}},\"Infrastructures\":{{\"azure\":{{\"PCESVN\":65535}}}}}}",
            Cancellation);

        Transcript run = await VerifyAsync("sgx.bin", "--manifest", manifest, "--package", "app");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("FAIL ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--unique-id e is not 32 bytes", "--unique-id", "e")]
    [InlineData("--mrtd", "--mrtd", "zz")]
    [InlineData("--report-data", "--report-data", "abc")]
    [InlineData("--manifest and --package must be used together", "--package", "app")]
    [InlineData("Omit the other options about code", "--manifest", "m.json", "--package", "app", "--unique-id", "e")]
    [InlineData("Omit the other options about code", "--manifest", "m.json", "--package", "app", "--allow-debug")]
    [InlineData("specify two roots", "--simulation")]
    [InlineData("'70000'", "--product-id", "70000")]
    public async Task Verify_OptionsThatDoNotFit_EndWith2(string expected, params string[] options)
    {
        Transcript run = await VerifyAsync("sgx.bin", options);

        Assert.Equal((2, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_Json_SaysWhatWasCompared()
    {
        using var without = JsonDocument.Parse((await VerifyAsync("sgx.bin", "--json")).Output);
        using var with = JsonDocument.Parse(
            (await VerifyAsync("sgx.bin", "--json", "--unique-id", _sgx.UniqueId, "--report-data", $"{_sgx.ReportData}")).Output);

        Assert.Equal("{\"code\":false,\"report_data\":false}", Compact(without));
        Assert.Equal("{\"code\":true,\"report_data\":true}", Compact(with));
        Assert.Contains(with.RootElement.GetProperty("checks").EnumerateArray(), c => c.GetProperty("code").GetString() == "report.data");
    }

    [Fact]
    public async Task Verify_SnpReport_ComparesItsMeasurement()
    {
        string folder = AttestationVectors.Case(
            "snp",
            AttestationVectors.Names("snp", e => e.GetProperty("verdict").GetString() == "ok" && !e.TryGetProperty("sweep", out _))
                .First().Data);
        JsonElement expected = AttestationVectors.Expected(folder);
        string[] arguments =
        [
            "quote",
            "verify",
            Path.Combine(folder, "report.bin"),
            "--collateral",
            folder,
            "--at",
            expected.GetProperty("verification_time").GetString()!,
        ];

        Transcript any = await Transcript.RunAsync(arguments);
        Transcript other = await Transcript.RunAsync([.. arguments, "--measurement", new string('e', 96)]);

        Assert.Equal((0, 3), (any.ExitCode, other.ExitCode));
        Assert.Contains("Not compared: the code.", any.Output, StringComparison.Ordinal);
        Assert.Contains("FAIL snp.measurement: expected ", other.Output, StringComparison.Ordinal);
        string measurement = any.Output.Split("\nmeasurement: ")[1].Split('\n')[0];
        Assert.Equal(0, (await Transcript.RunAsync([.. arguments, "--measurement", measurement])).ExitCode);
    }

    [Fact]
    public async Task Verify_SimulatedQuote_IsAcceptedAfterDoingWhatTheRemedySays()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "The variable is set by a shell.");

        (int ExitCode, string Output) refused = await RunInSimulationAsync(string.Empty);
        (int ExitCode, string Output) accepted = await RunInSimulationAsync("--simulation");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("(\"marblerun quote verify\": --simulation)", refused.Output, StringComparison.Ordinal);
        Assert.True(accepted.ExitCode == 0, accepted.Output);
        Assert.Contains("Not compared: the code.", accepted.Output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output)> RunInSimulationAsync(string option) =>
        await ExternalTool.TryRunAsync(
            "/bin/bash",
            [
                "-c",
                $"MARBLERUN_SIMULATION_DIR='{_folder.File("simulation")}' dotnet '{typeof(CommandLine).Assembly.Location}' "
                + $"quote verify '{_folder.File("sgx.bin")}' {option}",
            ],
            Cancellation) ?? throw new InvalidOperationException("There is no shell.");

    private static string Compact(JsonDocument json) => JsonSerializer.Serialize(json.RootElement.GetProperty("compared"));

    private async Task<QuoteClaims> IssueAsync(SimulationPlatform platform, IQuoteIssuer issuer, string file)
    {
        var bound = ReportData.FromBytes([.. Enumerable.Range(1, ReportData.Size).Select(i => (byte)i)]);
        Quote quote = await issuer.IssueAsync(bound, Cancellation);
        await File.WriteAllBytesAsync(_folder.File(file), quote.ToEvidence(), Cancellation);
        Verdict verdict = await platform.CreateVerifier().VerifyAsync(
            quote, new QuoteExpectation { ReportData = bound, Package = new PackageProperties() }, Cancellation);
        return verdict.Claims!;
    }

    private Task<Transcript> VerifyAsync(string file, params string[] options) =>
        Transcript.RunAsync(["quote", "verify", _folder.File(file), "--trusted-root", _folder.File("root.pem"), .. options]);
}
