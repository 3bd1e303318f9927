using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Attestation;

/// <summary>What the Coordinator signs about quotes, and which quotes it does not sign.</summary>
public sealed class SignQuoteTests(GovernedFixture fixture) : IClassFixture<GovernedFixture>
{
    private static readonly string s_48 = string.Concat(Enumerable.Repeat("ab", 48));

    private readonly GovernedMesh _mesh = fixture.Mesh;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [Trait("Security", "A1")]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [Case("client-api", "Sign-quote: the signature is over base64 and status")]
    [Case("client-api", "Sign-quote: a raw quote is signed as it was sent")]
    public async Task Sign_GenuineQuote_VerifiesWithOpenSslOverWhatWasSent(bool hasHeader, bool isDebug)
    {
        Quote quote = await QuoteAsync(_mesh, isDebug);
        byte[] sent = hasHeader ? quote.ToEvidence() : quote.RawData.ToArray();
        Assert.Equal(hasHeader ? 16 : 0, sent.Length - quote.RawData.Length);

        Answer answer = await SignAsync(_mesh, sent);

        Assert.Equal(["tcbStatus", "verificationSignature"], answer.Require().Data.EnumerateObject().Select(p => p.Name));
        Assert.Equal("UpToDate", answer.Data.GetProperty("tcbStatus").GetString());
        await AssertSignatureAsync(_mesh, sent, answer);
    }

    [Theory]
    [InlineData(TcbStatus.OutOfDate)]
    [InlineData(TcbStatus.Revoked)]
    [InlineData(TcbStatus.ConfigurationNeeded)]
    [InlineData(TcbStatus.OutOfDateConfigurationNeeded)]
    [InlineData(TcbStatus.SWHardeningNeeded)]
    [InlineData(TcbStatus.ConfigurationAndSWHardeningNeeded)]
    [Trait("Security", "A8")]
    [Case("client-api", "Sign-quote: a platform that is not up to date")]
    public async Task Sign_PlatformThatIsNotUpToDate_IsReportedAndSigned(TcbStatus status)
    {
        await using SimulatedWorld world = await SimulatedWorld.StartAsync(
            new SimulationScenario { PlatformTcb = status, Advisories = ["INTEL-SA-00615"] });
        byte[] quote = (await QuoteAsync(world.Mesh)).ToEvidence();

        Answer answer = await SignAsync(world.Mesh, quote);

        Assert.Equal(status.ToString(), answer.Require().Data.GetProperty("tcbStatus").GetString());
        await AssertSignatureAsync(world.Mesh, quote, answer);

        // A platform's state excuses nothing else.
        quote[16 + 48 + 320] ^= 1;
        AssertRefused(await SignAsync(world.Mesh, quote));
        quote[16 + 48 + 320] ^= 1;
        quote[16 + 432 + 4] ^= 1;
        AssertRefused(await SignAsync(world.Mesh, quote));
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("expired")]
    [InlineData("other QE")]
    [Trait("Security", "A14")]
    public async Task Sign_PlatformThatCannotBeVerified_IsRefused(string what)
    {
        await using SimulatedWorld world = await SimulatedWorld.StartAsync(new SimulationScenario
        {
            IsPckRevoked = what == "revoked",
            IsExpired = what == "expired",
            IsOtherQe = what == "other QE",
            PlatformTcb = TcbStatus.OutOfDate,
        });

        AssertRefused(await SignAsync(world.Mesh, (await QuoteAsync(world.Mesh)).ToEvidence()));
    }

    [Fact]
    [Trait("Security", "A1")]
    [Case("client-api", "Sign-quote: a quote that does not verify")]
    public async Task Sign_TamperedQuote_IsRefusedWhereverTheBitIs()
    {
        byte[] quote = (await QuoteAsync(_mesh)).RawData.ToArray();
        (await SignAsync(_mesh, quote)).Require();

        // Header, report of the enclave with its data, length, signature, attestation key, report of the quoting enclave and its signature.
        foreach (int position in (int[])[
            0,
            2,
            4,
            12,
            28,
            48,
            48 + 64,
            48 + 320,
            48 + 383,
            432,
            436,
            500,
            564,
            628,
            628 + 64,
            628 + 320,
            1012,
        ])
        {
            byte[] changed = [.. quote];
            changed[position] ^= 1;
            AssertRefused(await SignAsync(_mesh, changed));
        }

        foreach (int length in (int[])[0, 1, 47, 48, 431, 432, 436, quote.Length / 2])
        {
            AssertRefused(await SignAsync(_mesh, quote[..length]));
        }
    }

    [Fact]
    [Trait("Security", "B4")]
    public async Task Sign_EvidenceOfAnotherKind_IsRefused()
    {
        var data = ReportData.FromBytes(new byte[ReportData.Size]);
        var td = new TdMeasurement { MrTd = s_48, Rtmr0 = s_48, Rtmr1 = s_48, Rtmr2 = s_48, Rtmr3 = s_48 };
        Quote tdx = await _mesh.Host.Platform.CreateTdxIssuer(td).IssueAsync(data, Cancellation);

        AssertRefused(await SignAsync(_mesh, tdx.ToEvidence()));
        AssertRefused(await SignAsync(_mesh, tdx.RawData.ToArray()));
        AssertRefused(await SignAsync(_mesh, [5, 0, 0, 0, .. new byte[1180]]));
        AssertRefused(await _mesh.SendAsync(null, "/api/v2/sign-quote", "{}"));
    }

    [Theory]
    [Trait("Security", "G3")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"sgxQuote\":7}")]
    [InlineData("{\"sgxQuote\":\"*\"}")]
    public async Task Sign_BodyThatCannotBeDecoded_NamesTheField(string body)
    {
        Answer answer = await _mesh.SendAsync(null, "/api/v2/sign-quote", body);

        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (answer.Status, answer.ContentType));
        Assert.StartsWith(
            "{\"status\":\"fail\",\"data\":{\"sgxQuote\":\"failed to parse JSON data\"},\"message\":\"bad request: ",
            answer.Body,
            StringComparison.Ordinal);
    }

    [Fact]
    [Case("client-api", "Sign-quote: the feature is off")]
    public async Task Sign_GateOff_Is403()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(
            m => m["Config"]!["FeatureGates"] = new JsonArray("MonotonicCounter"));

        (await SignAsync(mesh, (await QuoteAsync(mesh)).ToEvidence())).AssertError(
            HttpStatusCode.Forbidden, "SignQuoteEndpoint feature is not enabled in the manifest");
        (await mesh.SendAsync(null, "/api/v2/sign-quote", "{")).AssertError(
            HttpStatusCode.Forbidden, "SignQuoteEndpoint feature is not enabled in the manifest");
    }

    private static ValueTask<Quote> QuoteAsync(GovernedMesh mesh, bool isDebug = false) => mesh.Host.Platform
        .CreateIssuer(mesh.Host.Platform.MeasureRunningProcess(), isDebug)
        .IssueAsync(ReportData.FromBytes([.. Enumerable.Range(0, ReportData.Size).Select(i => (byte)i)]), Cancellation);

    private static Task<Answer> SignAsync(GovernedMesh mesh, byte[] evidence) =>
        mesh.SendAsync(null, "/api/v2/sign-quote", $"{{\"sgxQuote\":\"{Convert.ToBase64String(evidence)}\"}}");

    private static void AssertRefused(Answer answer)
    {
        Assert.Equal(
            (HttpStatusCode.BadRequest, "application/json", "quote verification failed"),
            (answer.Status, answer.ContentType, answer.Message));
        JsonProperty field = Assert.Single(answer.Data.EnumerateObject());
        Assert.Equal("sgxQuote", field.Name);
        Assert.StartsWith("quote verification failed: ", field.Value.GetString(), StringComparison.Ordinal);
    }

    private static async Task AssertSignatureAsync(GovernedMesh mesh, byte[] sent, Answer answer)
    {
        using var files = new TemporaryDirectory();
        (_, X509Certificate2 root) = await mesh.CertificatesAsync();
        await File.WriteAllTextAsync(
            files.File("key.pem"), root.PublicKey.GetECDsaPublicKey()!.ExportSubjectPublicKeyInfoPem(), Cancellation);
        await File.WriteAllBytesAsync(
            files.File("signature"), answer.Data.GetProperty("verificationSignature").GetBytesFromBase64(), Cancellation);
        await File.WriteAllBytesAsync(
            files.File("text"),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(sent) + answer.Data.GetProperty("tcbStatus").GetString()),
            Cancellation);
        Assert.Contains(
            "Verified OK",
            await OpenSsl.RunAsync(
                "dgst", "-sha256", "-verify", files.File("key.pem"), "-signature", files.File("signature"), files.File("text")),
            StringComparison.Ordinal);
    }
}
