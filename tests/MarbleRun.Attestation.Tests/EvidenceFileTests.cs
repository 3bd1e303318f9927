using System.Text;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Attestation;

/// <summary>The forms in which tools, logs and services write evidence down.</summary>
[Trait("Security", "G3")]
public sealed class EvidenceFileTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private Quote _quote = null!;

    public async ValueTask InitializeAsync()
    {
        SimulationPlatform platform = SimulationPlatform.Open(_folder.Path);
        var app = new AppMeasurement { UniqueId = new string('a', 64), SignerId = platform.SignerId, ProductId = 3, SecurityVersion = 7 };
        _quote = await platform
            .CreateIssuer(app)
            .IssueAsync(ReportData.ForCertificate("certificate"u8), TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("binary", EvidenceForm.Binary)]
    [InlineData("hex", EvidenceForm.Hex)]
    [InlineData("hex in capitals with 0x", EvidenceForm.Hex)]
    [InlineData("hex in lines", EvidenceForm.Hex)]
    [InlineData("base64", EvidenceForm.Base64)]
    [InlineData("base64url without padding", EvidenceForm.Base64)]
    [InlineData("base64 in lines with a byte order mark", EvidenceForm.Base64)]
    [InlineData("PEM", EvidenceForm.Pem)]
    [InlineData("answer of version 2", EvidenceForm.Json)]
    [InlineData("answer of version 1", EvidenceForm.Json)]
    [InlineData("bare object", EvidenceForm.Json)]
    public void Read_QuoteInAnyForm_IsTheSameQuote(string form, EvidenceForm expected)
    {
        foreach (byte[] bytes in (byte[][])[_quote.ToEvidence(), _quote.RawData.ToArray()])
        {
            Assert.True(EvidenceFile.TryRead(Write(form, bytes), out EvidenceFile? file, out string? fault), fault);

            Assert.Equal(expected, file.Form);
            Assert.Null(file.Remark);
            Assert.Equal(_quote.RawData, file.Quote.RawData);
        }
    }

    [Theory]
    [InlineData("030", "odd number of digits")]
    [InlineData("AwACAAAAA*", "neither hexadecimal, base64, PEM nor the JSON answer")]
    [InlineData("AwACAAAAA", "base64 text that can't be decoded")]
    [InlineData("00000000: 0300 0200", "xxd -r")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "PEM of a CERTIFICATE, not of evidence")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----", "not of evidence")]
    [InlineData("-----BEGIN QUOTE-----\nAAAA", "no end")]
    [InlineData(
        "{\"tcbInfo\":{},\"signature\":\"00\"}",
        "without the member quote, which a Coordinator's answer to GET /api/v2/quote has, but with tcbInfo, signature.")]
    [InlineData("{\"status\":\"success\",\"data\":{\"cert\":\"\",\"quote\":null}}", "a Coordinator that has no quote")]
    [InlineData("{\"quote\":7}", "whose member quote is not base64")]
    [InlineData("{\"quote\":\"*\"}", "whose member quote is not base64")]
    [InlineData("{\"quote\":", "begins as JSON, but can't be read")]
    [InlineData("{\"quote\":\"AAAA\",\"quote\":\"AAAA\"}", "can't be read")]
    [InlineData("[1,2]", "It is text")]
    public void Read_SomethingElse_SaysWhatItIs(string text, string words)
    {
        Assert.False(EvidenceFile.TryRead(Encoding.UTF8.GetBytes(text), out _, out string? fault));

        Assert.Contains(words, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreThanTheLimit_IsRefusedBeforeItIsDecoded()
    {
        Assert.False(EvidenceFile.TryRead(Encoding.ASCII.GetBytes(new string('0', EvidenceFile.MostBytes + 1)), out _, out string? fault));

        Assert.Contains("evidence has at most", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("snp-milan", 3u)]
    [InlineData("snp-genoa", 3u)]
    public void Read_AzureHclReportOfSnp_TakesTheReportOutAndLabelsIt(string name, uint version)
    {
        byte[] hcl = Azure(name);

        foreach (byte[] content in (byte[][])[
            hcl,
            Encoding.ASCII.GetBytes(Convert.ToBase64String(hcl)),
            Encoding.ASCII.GetBytes(Convert.ToHexString(hcl)),
        ])
        {
            Assert.True(EvidenceFile.TryRead(content, out EvidenceFile? file, out string? fault), fault);
            Assert.Equal(EvidenceForm.AzureHcl, file.Form);
            Assert.Contains("not the software in the machine", file.Remark, StringComparison.Ordinal);
            Assert.True(SnpReport.TryParse(file.Quote.RawData, out SnpReport? report, out CheckFailure? failure), failure?.Found);
            Assert.Equal(version, report.Version);
        }
    }

    [Theory]
    [InlineData(1240, "does not bind the runtime data")]
    [InlineData(32 + 0x50, "does not bind the runtime data")]
    [InlineData(1224, "of kind")]
    [InlineData(1228, "hash")]
    [InlineData(1234, "bytes of runtime data")]
    public void Read_AzureHclReportThatWasChanged_IsRefused(int offset, string words)
    {
        byte[] hcl = Azure("snp-milan");
        hcl[offset] ^= 0x40;

        Assert.False(EvidenceFile.TryRead(hcl, out _, out string? fault));
        Assert.Contains(words, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AzureHclReportOfTdx_SaysWhereTheQuoteIs()
    {
        Assert.False(EvidenceFile.TryRead(Azure("tdx"), out _, out string? fault));
        Assert.Contains("169.254.169.254/acc/tdquote", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AzureHclReportThatIsCut_IsRefusedAtEveryLength()
    {
        byte[] hcl = Azure("snp-milan");
        int end = 1236 + BitConverter.ToInt32(hcl, 1232);
        for (int length = 8; length < end; length += length < 1240 ? 61 : 7)
        {
            Assert.False(EvidenceFile.TryRead(hcl.AsMemory(0, length), out _, out _));
        }
    }

    [Theory]
    [InlineData("hex", "hexadecimal text")]
    [InlineData("base64", "base64 text")]
    [InlineData("PEM", "PEM text")]
    [InlineData("answer of version 2", "JSON text")]
    public async Task Verify_TextInsteadOfAQuote_IsMalformedAndNamed(string form, string name)
    {
        var verifier = new DcapQuoteVerifier(DcapTrustAnchor.IntelSgx, timeProvider: TimeProvider.System);
        var expectation = new QuoteExpectation
        {
            ReportData = ReportData.ForCertificate("certificate"u8),
            Package = new PackageProperties(),
        };

        Verdict verdict = await verifier.VerifyAsync(
            Quote.FromEvidence(Write(form, _quote.ToEvidence())), expectation, TestContext.Current.CancellationToken);

        Assert.Equal(VerdictReason.Malformed, verdict.Reason);
        Assert.Equal($"quote.structure: expected a quote of version 3, 4 or 5, binary, found {name}", verdict.Summary);
    }

    private static byte[] Write(string form, byte[] evidence)
    {
        string hex = Convert.ToHexStringLower(evidence);
        string base64 = Convert.ToBase64String(evidence);
        string text = form switch
        {
            "hex" => hex,
            "hex in capitals with 0x" => "0x" + hex.ToUpperInvariant() + "\n",
            "hex in lines" =>
                string.Join("\r\n", hex.Chunk(60).Select(c => string.Join(' ', c.Chunk(4).Select(d => new string(d))))) + "\r\n",
            "base64" => base64,
            "base64url without padding" => base64.TrimEnd('=').Replace('+', '-').Replace('/', '_'),
            "base64 in lines with a byte order mark" => "\ufeff" + string.Join('\n', base64.Chunk(76).Select(c => new string(c))),
            "PEM" => $"-----BEGIN SGX QUOTE-----\n{base64}\n-----END SGX QUOTE-----\n",
            "answer of version 2" => $$"""{"status":"success","data":{"cert":"x","quote":"{{base64}}"} }""",
            "answer of version 1" => $$"""{"status":"success","data":{"Cert":"x","Quote":"{{base64}}"} }""",
            "bare object" => $$"""{ "quote": "{{base64}}" }""",
            _ => string.Empty,
        };
        return form == "binary" ? evidence : Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The HCL report of a genuine machine.</summary>
    private static byte[] Azure(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(AttestationVectors.Case("azure", name + ".json")));
        return json.RootElement.TryGetProperty("report", out JsonElement numbers)
            ? [.. numbers.EnumerateArray().Select(n => n.GetByte())]
            : System.Buffers.Text.Base64Url.DecodeFromChars(json.RootElement.GetProperty("hcl_report").GetString());
    }
}
