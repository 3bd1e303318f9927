using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Quotes;

/// <summary>Every SEV-SNP vector through the command line.</summary>
public sealed class SnpVectorTests
{
    public static TheoryData<string> Cases => AttestationVectors.Names("snp", e => !e.TryGetProperty("sweep", out _));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Verify_Case_WritesVerdictAndFields(string name)
    {
        string folder = AttestationVectors.Case("snp", name);
        JsonElement expected = AttestationVectors.Expected(folder);

        Transcript run = await Transcript.RunAsync([.. Arguments(folder, expected), "--json"]);

        using JsonDocument json = JsonDocument.Parse(run.Output);
        string verdict = json.RootElement.GetProperty("verdict").GetString()!;
        Assert.Contains(
            verdict, (string[])[expected.GetProperty("verdict").GetString()!, .. Strings(expected.GetProperty("also_acceptable"))]);
        Assert.Equal(verdict == "ok" ? 0 : 3, run.ExitCode);
        if (verdict is "malformed" or "unsupported" || !expected.TryGetProperty("fields", out JsonElement fields))
        {
            return;
        }

        foreach (JsonProperty field in fields.EnumerateObject())
        {
            Assert.Equal(
                field.Value.GetRawText(),
                json.RootElement.GetProperty("claims").GetProperty(field.Name).GetRawText(),
                ignoreAllWhiteSpace: true);
        }
    }

    [Fact]
    public async Task Show_Report_PrintsEveryField()
    {
        string folder = AttestationVectors.Case("snp", "microsoft-genoa-v3");

        Transcript run = await Transcript.RunAsync("quote", "show", Path.Combine(folder, "report.bin"));

        Assert.Equal(0, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        foreach (JsonProperty field in AttestationVectors.Expected(folder).GetProperty("fields").EnumerateObject())
        {
            Assert.Equal(
                field.Value.GetRawText(),
                json.RootElement.GetProperty("report").GetProperty(field.Name).GetRawText(),
                ignoreAllWhiteSpace: true);
        }
    }

    private static string[] Arguments(string folder, JsonElement expected)
    {
        List<string> arguments = ["quote", "verify", Path.Combine(folder, "report.bin")];
        if (expected.TryGetProperty("verification_time", out JsonElement time) && time.ValueKind == JsonValueKind.String)
        {
            arguments.AddRange(["--at", time.GetString()!]);
        }

        if (File.Exists(Path.Combine(folder, "vek.der")))
        {
            arguments.AddRange(["--collateral", folder]);
        }

        if (expected.GetProperty("trust_root").GetString() == "case")
        {
            arguments.AddRange(["--trusted-root", Path.Combine(folder, expected.GetProperty("trust_root_file").GetString()!)]);
        }

        return [.. arguments];
    }

    private static IEnumerable<string> Strings(JsonElement list) => list.EnumerateArray().Select(s => s.GetString()!);
}
