using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Quotes;

/// <summary>Evidence as text, invalid collateral, and the words about a platform that is not up to date.</summary>
public sealed class EvidenceFormTests : IDisposable
{
    private const string Time = "2025-06-24T12:41:58Z";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hex", "hexadecimal text")]
    [InlineData("base64", "base64 text")]
    [InlineData("pem", "PEM text")]
    [InlineData("json", "the JSON answer of a Coordinator")]
    public async Task Verify_Text_GivesTheVerdictOfTheBytesAndNamesTheForm(string form, string name)
    {
        byte[] quote = File.ReadAllBytes(Field("relaunch-plain", "quote.bin"));
        string text = Convert.ToBase64String(quote);
        string file = Write("quote.txt", form switch
        {
            "hex" => Convert.ToHexStringLower(quote) + "\n",
            "base64" => text,
            "pem" => $"-----BEGIN QUOTE-----\n{text}\n-----END QUOTE-----\n",
            _ => $"{{\"status\":\"success\",\"data\":{{\"cert\":\"\",\"quote\":\"{text}\"}}}}",
        });

        foreach (string format in (string[])["auto", form])
        {
            Transcript words = await Transcript.RunAsync([.. Arguments(file, "relaunch-plain"), "--format", format]);
            Transcript json = await Transcript.RunAsync([.. Arguments(file, "relaunch-plain"), "--format", format, "--json"]);

            Assert.Equal((3, 3), (words.ExitCode, json.ExitCode));
            Assert.Contains($"\nThe evidence was {name}.\n", words.Output, StringComparison.Ordinal);
            using JsonDocument document = JsonDocument.Parse(json.Output);
            Assert.Equal(
                ("tcb_TDRelaunchAdvised", form),
                (document.RootElement.GetProperty("verdict").GetString(), document.RootElement.GetProperty("form").GetString()));
        }
    }

    [Fact]
    public async Task Verify_AnotherFormThanTheUserSays_EndsWith2()
    {
        Transcript run = await Transcript.RunAsync("quote", "verify", Write("quote.hex", "0300"), "--format", "base64");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is hexadecimal text, not base64 text", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"tcbInfo\":{}}", "without the member quote")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM of a CERTIFICATE")]
    [InlineData("hello, world", "neither hexadecimal")]
    public async Task Verify_TextThatIsNoEvidence_EndsWith2AndSaysWhatItIs(string text, string words)
    {
        foreach (string command in (string[])["verify", "show"])
        {
            Transcript run = await Transcript.RunAsync("quote", command, Write("quote.txt", text));

            Assert.Equal(2, run.ExitCode);
            Assert.Contains(words, run.Error, StringComparison.Ordinal);
            Assert.Empty(run.Output);
        }
    }

    [Theory]
    [InlineData("snp-milan")]
    [InlineData("snp-genoa")]
    public async Task Show_AzureHclReport_ShowsTheReportInsideAndLabelsIt(string name)
    {
        using JsonDocument sample = JsonDocument.Parse(File.ReadAllBytes(AttestationVectors.Case("azure", name + ".json")));
        byte[] hcl = sample.RootElement.TryGetProperty("report", out JsonElement numbers)
            ? [.. numbers.EnumerateArray().Select(n => n.GetByte())]
            : System.Buffers.Text.Base64Url.DecodeFromChars(sample.RootElement.GetProperty("hcl_report").GetString());
        string file = _folder.File("hcl.bin");
        await File.WriteAllBytesAsync(file, hcl, TestContext.Current.CancellationToken);

        Transcript run = await Transcript.RunAsync("quote", "show", file);

        Assert.True(run.ExitCode == 0, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal(("snp", "hcl"), (json.RootElement.GetProperty("kind").GetString(), json.RootElement.GetProperty("form").GetString()));
        Assert.Contains("it is not verified here", json.RootElement.GetProperty("remark").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"tcbInfo\":{},\"signature\":\"00\"}", "but tcbInfo, signature. It is one answer of Intel's service or a PCCS")]
    [InlineData("{\"tcb-info\":\"x\"}", "but tcb-info.")]
    [InlineData("{}", "but none.")]
    public async Task Verify_CollateralWithoutAnyKnownMember_EndsWith2(string collateral, string words)
    {
        Transcript run = await Transcript.RunAsync(
            "quote", "verify", Field("relaunch-plain", "quote.bin"), "--collateral", Write("collateral.json", collateral));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_PlatformOutOfDate_NamesThePartInText()
    {
        Transcript run = await Transcript.RunAsync(Arguments(Field("relaunch-tdx-component2", "quote.bin"), "relaunch-tdx-component2"));

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("FAIL tcb.status: expected UpToDate, found TDRelaunchAdvised\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            "do: Not up to date: platform at the TD's launch OutOfDate, TDX module at the TD's launch OutOfDate. Stop the TD",
            run.Output,
            StringComparison.Ordinal);
        Assert.Matches(
            "\n  platform at launch: OutOfDate, level of [0-9-]{10}\n  quoting enclave: UpToDate, level of [0-9-]{10}\n", run.Output);
        Assert.Matches(
            "\n  TDX module at launch: OutOfDate, level of [0-9-]{10}\n  platform now: UpToDate, level of [0-9-]{10}\n  TDX module now: "
            + "UpToDate",
            run.Output);
    }

    private static string[] Arguments(string file, string name) =>
        ["quote", "verify", file, "--collateral", Field(name, "collateral.json"), "--at", Time, "--trusted-root", Field(name, "root.der")];

    private static string Field(string name, string file) =>
        Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Attestation.Tests", "Field", name, file);

    private string Write(string name, string content)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, content);
        return path;
    }
}
