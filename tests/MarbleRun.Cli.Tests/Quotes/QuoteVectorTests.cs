using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Quotes;

/// <summary>Every SGX and TDX vector through the command line.</summary>
public sealed class QuoteVectorTests
{
    public static TheoryData<string> Cases =>
        [.. ((string[])["sgx", "tdx"]).SelectMany(
            k => AttestationVectors.Names(k, e => !e.TryGetProperty("sweep", out _)).Select(row => $"{k}/{row.Data}"))];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Verify_Case_WritesVerdictAndClaims(string name)
    {
        string[] parts = name.Split('/');
        string folder = AttestationVectors.Case(parts[0], parts[1]);
        JsonElement expected = AttestationVectors.Expected(folder);

        Transcript run = await Transcript.RunAsync([.. Arguments(folder, expected), "--json"]);

        using JsonDocument json = JsonDocument.Parse(run.Output);
        string verdict = json.RootElement.GetProperty("verdict").GetString()!;
        Assert.Contains(
            verdict, (string[])[expected.GetProperty("verdict").GetString()!, .. Strings(expected.GetProperty("also_acceptable"))]);
        Assert.Equal(verdict == "ok" ? 0 : 3, run.ExitCode);
        if (verdict == "malformed"
            || !expected.TryGetProperty("fields", out JsonElement fields)
            || !fields.TryGetProperty("body", out JsonElement body))
        {
            return;
        }

        foreach (JsonProperty field in body.EnumerateObject())
        {
            Assert.Equal(field.Value.GetRawText(), json.RootElement.GetProperty("claims").GetProperty(field.Name).GetRawText());
        }

        if (expected.TryGetProperty("tcb", out JsonElement tcb)
            && tcb.TryGetProperty("advisory_ids", out JsonElement advisories)
            && verdict is "ok" or ['t', 'c', 'b', ..])
        {
            Assert.Equal(
                Strings(advisories).Order(StringComparer.Ordinal),
                Strings(json.RootElement.GetProperty("advisories")).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("sgx", "automata-solana-debug")]
    [InlineData("sgx", "ccc-gramine-debug")]
    [InlineData("tdx", "trustee-debug")]
    [Trait("Security", "A16")]
    public async Task Verify_AllowDebug_GivesTheVerdictBehind(string kind, string name)
    {
        string folder = AttestationVectors.Case(kind, name);
        JsonElement expected = AttestationVectors.Expected(folder);

        Transcript refused = await Transcript.RunAsync([.. Arguments(folder, expected), "--json"]);
        Transcript allowed = await Transcript.RunAsync([.. Arguments(folder, expected), "--json", "--allow-debug"]);

        Assert.Equal("policy", Verdict(refused));
        Assert.Equal(expected.GetProperty("verdict_if_debug_allowed").GetString(), Verdict(allowed));
    }

    [Fact]
    public async Task Show_Quote_PrintsEveryFieldOfTheHeaderAndTheReports()
    {
        string folder = AttestationVectors.Case("tdx", "google-v5-uptodate");
        JsonElement fields = AttestationVectors.Expected(folder).GetProperty("fields");

        Transcript run = await Transcript.RunAsync("quote", "show", Path.Combine(folder, "quote.bin"));

        Assert.Equal(0, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        foreach (string part in (string[])["header", "body", "qe_report"])
        {
            foreach (JsonProperty field in fields.GetProperty(part).EnumerateObject())
            {
                Assert.Equal(field.Value.GetRawText(), json.RootElement.GetProperty(part).GetProperty(field.Name).GetRawText());
            }
        }
    }

    private static string Verdict(Transcript run)
    {
        using JsonDocument json = JsonDocument.Parse(run.Output);
        return json.RootElement.GetProperty("verdict").GetString()!;
    }

    private static string[] Arguments(string folder, JsonElement expected)
    {
        List<string> arguments = ["quote", "verify", Path.Combine(folder, "quote.bin")];
        if (expected.TryGetProperty("verification_time", out JsonElement time) && time.ValueKind == JsonValueKind.String)
        {
            arguments.AddRange(["--at", time.GetString()!]);
        }

        if (File.Exists(Path.Combine(folder, "collateral.json")))
        {
            arguments.AddRange(["--collateral", Path.Combine(folder, "collateral.json")]);
        }

        if (expected.GetProperty("trust_root").GetString() == "case")
        {
            arguments.AddRange(["--trusted-root", Path.Combine(folder, expected.GetProperty("trust_root_file").GetString()!)]);
        }

        return [.. arguments];
    }

    private static IEnumerable<string> Strings(JsonElement list) => list.EnumerateArray().Select(s => s.GetString()!);
}
