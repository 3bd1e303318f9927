using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Quotes;

/// <summary>
/// The vectors that stand for many inputs, every one through the command line: evidence that is cut off, or has one byte changed.
/// </summary>
public sealed class SweepTests
{
    public static TheoryData<string> Sweeps =>
        [.. ((string[])["sgx", "tdx", "snp"]).SelectMany(
            k => AttestationVectors.Names(k, e => e.TryGetProperty("sweep", out _)).Select(row => $"{k}/{row.Data}"))];

    [Theory]
    [MemberData(nameof(Sweeps))]
    [Trait("Security", "A18")]
    public async Task Verify_Sweep_RefusesEveryInput(string name)
    {
        string[] parts = name.Split('/');
        string folder = AttestationVectors.Case(parts[0], parts[1]);
        JsonElement expected = AttestationVectors.Expected(folder);
        byte[] evidence = await File.ReadAllBytesAsync(
            Path.Combine(folder, parts[0] == "snp" ? "report.bin" : "quote.bin"), TestContext.Current.CancellationToken);
        string collateral = parts[0] == "snp" ? folder : Path.Combine(folder, "collateral.json");
        using var temporary = new TemporaryDirectory();
        string file = temporary.File("evidence.bin");
        int inputs = 0;
        foreach ((byte[] input, bool isCut, string change) in AttestationVectors.Sweep(expected, evidence))
        {
            await File.WriteAllBytesAsync(file, input, TestContext.Current.CancellationToken);

            Transcript run = await Transcript.RunAsync(
                "quote",
                "verify",
                file,
                "--collateral",
                collateral,
                "--at",
                expected.GetProperty("verification_time").GetString()!,
                "--json");

            Assert.True(run.ExitCode == 3, $"{change}: {run.ExitCode} {run.Output}{run.Error}");
            using JsonDocument json = JsonDocument.Parse(run.Output);
            string verdict = json.RootElement.GetProperty("verdict").GetString()!;
            Assert.False(verdict.StartsWith("tcb_", StringComparison.Ordinal), $"{change}: {verdict}");
            Assert.True(!isCut || verdict == "malformed", $"{change}: {verdict}");
            inputs++;
        }

        Assert.True(inputs > 30);
    }
}
