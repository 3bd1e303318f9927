using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Http;

public sealed class ClientApiTests : RunningCoordinatorTest
{
    public override async ValueTask DisposeAsync()
    {
        Assert.DoesNotContain(
            Host.Logs.Entries, e => e.StartsWith("Error", StringComparison.Ordinal) || e.StartsWith("Critical", StringComparison.Ordinal));
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/nope")]
    [InlineData("GET", "/status/")]
    [InlineData("GET", "/Status")]
    [InlineData("POST", "/status")]
    [InlineData("PUT", "/manifest")]
    [InlineData("DELETE", "/api/v2/manifest")]
    [InlineData("OPTIONS", "/api/v2/status")]
    [InlineData("POST", "/api/v2/quote")]
    [InlineData("GET", "/api/v2/recover")]
    [Case("client-api", "Unknown path")]
    [Case("client-api", "Wrong method")]
    [Case("client-api", "Trailing slash")]
    [Case("client-api", "An error has the header `nosniff`")]
    public async Task Request_PathOrMethodNotServed_Is405WithTheEmptyEnvelope(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("{\"status\":\"error\",\"data\":null}\n", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData(
        "/status",
        "{\"status\":\"success\",\"data\":{\"StatusCode\":2,\"StatusMessage\":\"Coordinator is ready to accept a manifest.\"}}\n")]
    [InlineData(
        "/api/v2/status", "{\"status\":\"success\",\"data\":{\"code\":2,\"message\":\"Coordinator is ready to accept a manifest.\"}}\n")]
    [InlineData(
        "/st%61tus",
        "{\"status\":\"success\",\"data\":{\"StatusCode\":2,\"StatusMessage\":\"Coordinator is ready to accept a manifest.\"}}\n")]
    [InlineData(
        "/manifest",
        "{\"status\":\"success\",\"data\":{\"ManifestSignatureRootECDSA\":null,\"ManifestSignature\":\"\",\"Manifest\":null}}\n")]
    [Case("client-api", "A success ends with a line feed")]
    [Case("client-api", "A client without certificate connects")]
    [Case("observability", "Metrics off: the same answers")]
    public async Task Get_BeforeTheManifest_AnswersTheBytesOfTheWire(string path, string expected)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task GetManifestV2_BeforeTheManifest_Is500()
    {
        (HttpStatusCode status, string body) = await GetAsync("/api/v2/manifest");

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal("{\"status\":\"error\",\"data\":null,\"message\":\"requested value not set\"}\n", body);
    }

    [Fact]
    [Case("client-api", "A good manifest")]
    [Case("client-api", "GET gives the bytes that were posted")]
    [Case("client-api", "The fingerprint is their SHA-256")]
    [Case("client-api", "The signature of the manifest verifies")]
    [Case("manifest", "The manifest stays readable, byte for byte")]
    [Case("manifest", "The fingerprint is that of the exact bytes")]
    public async Task PostManifestV1_ThenGet_GivesTheExactBytesFingerprintAndASignatureByTheRoot()
    {
        byte[] manifest = [.. TestManifest.Create(Host), .. " \n"u8];
        (HttpStatusCode status, string body) = await PostAsync("/manifest", manifest);
        Assert.Equal("{\"status\":\"success\",\"data\":null}\n", body);
        Assert.Equal(HttpStatusCode.OK, status);

        JsonElement v1 = await DataAsync("/manifest");
        JsonElement v2 = await DataAsync("/api/v2/manifest");

        Assert.Equal(manifest, v1.GetProperty("Manifest").GetBytesFromBase64());
        Assert.Equal(manifest, v2.GetProperty("manifest").GetBytesFromBase64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(manifest)), v1.GetProperty("ManifestSignature").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(manifest)), v2.GetProperty("manifestFingerprint").GetString());
        byte[] signature = v2.GetProperty("manifestSignatureRootECDSA").GetBytesFromBase64();
        Assert.Equal(signature, v1.GetProperty("ManifestSignatureRootECDSA").GetBytesFromBase64());
        using ECDsa key = (await RootAsync()).GetECDsaPublicKey()!;
        Assert.True(key.VerifyData(manifest, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal(3, (await DataAsync("/api/v2/status")).GetProperty("code").GetInt32());
    }

    [Fact]
    [Case("client-api", "A good manifest")]
    public async Task PostManifestV2_Accepted_AnswersWithNoRecoverySecrets()
    {
        (HttpStatusCode status, string body) = await PostAsync("/api/v2/manifest", Envelope(TestManifest.Create(Host)));

        Assert.Equal("{\"status\":\"success\",\"data\":{\"RecoverySecrets\":{}}}\n", body);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    [Case("client-api", "A second manifest")]
    [Case("manifest", "A second manifest is refused by the state")]
    public async Task PostManifest_SecondTime_IsRefusedByTheState()
    {
        await TestManifest.SetAsync(Host);

        Assert.Equal(
            (HttpStatusCode.BadRequest,
                "{\"status\":\"error\",\"data\":null,\"message\":\"server is not in expected state: a manifest is set already. To change "
                + "it, send an update (/api/v2/update) as a user whose role allows UpdateManifest\"}\n"),
            await PostAsync("/manifest", TestManifest.Create(Host)));
        Assert.Equal(
            (HttpStatusCode.InternalServerError,
                "{\"status\":\"error\",\"data\":null,\"message\":\"server is not in expected state: a manifest is set already. To change "
                + "it, send an update (/api/v2/update) as a user whose role allows UpdateManifest\"}\n"),
            await PostAsync("/api/v2/manifest", Envelope(TestManifest.Create(Host))));
    }

    [Theory]
    [InlineData("", "unmarshaling manifest: unexpected end of JSON input")]
    [InlineData("{}", "checking manifest: no allowed packages defined")]
    [InlineData("[]", "unmarshaling manifest: json: cannot unmarshal array into Go value of type manifest.Manifest")]
    [InlineData("{\"Packages\":{\"p\":{}}}", "checking manifest: no allowed marbles defined")]
    [InlineData(
        "{\"Packages\":{\"p\":{\"UniqueID\":\"00\"}},\"Marbles\":{\"m\":{\"Package\":\"q\"}}}",
        "checking manifest: manifest does not contain marble package q")]
    [InlineData(
        "{\"Packages\":{\"p\":{\"UniqueID\":\"00\"}},\"Marbles\":{\"m\":{\"Package\":\"p\"}},"
        + "\"Secrets\":{\"s\":{\"Type\":\"symmetric-key\",\"Size\":7,\"Shared\":true}}}",
        "generating secrets from manifest: invalid secret size: s")]
    [InlineData(
        "{\"Packages\":{\"p\":{\"UniqueID\":\"00\"}},\"Marbles\":{\"m\":{\"Package\":\"p\"}},"
        + "\"Secrets\":{\"s\":{\"Type\":\"symmetric-key\"}}}",
        "generating placeholder secrets from manifest: invalid secret size: s")]
    [InlineData(
        "{\"Packages\":{\"p\":{\"UniqueID\":\"00\"}},\"Marbles\":{\"m\":{\"Package\":\"p\",\"Parameters\":{\"Env\":{\"E\":\"{{ hex "
        + ".Secrets.no }}\"}}}}}",
        "running manifest template dry run: in Marble m: env variable E: template: data:1:3: executing \\\"data\\\" at \\u003chex "
        + ".Secrets.no\\u003e: error calling hex: secret does not exist")]
    [InlineData(
        "{\"Packages\":{\"p\":{\"UniqueID\":\"00\"}},\"Marbles\":{\"m\":{\"Package\":\"p\",\"Parameters\":{\"Files\":{\"/f\":\"{{ hex "
        + ".Secrets.s\"}}}}}",
        "running manifest template dry run: in Marble m: file /f: template: data:1: unclosed action")]
    [InlineData(
        "{\"Packages\":{\"p\":{\"UniqueID\":\"00\"}},\"Marbles\":{\"m\":{\"Package\":\"p\"}},\"RecoveryKeys\":{\"k\":\"x\"}}",
        "generating recovery encryption key: given PEM data is not a public key")]
    [Case("client-api", "An empty body")]
    [Case("client-api", "A Marble of a package that is not there")]
    [Case("manifest", "Broken and empty texts are refused, a good one afterwards is taken")]
    public async Task PostManifest_Faulty_IsRefusedInTheWordsOfTheWireAndLeavesTheState(string manifest, string message)
    {
        (HttpStatusCode v1Status, string v1) = await PostAsync("/manifest", Encoding.UTF8.GetBytes(manifest));
        (HttpStatusCode v2Status, string v2) = await PostAsync("/api/v2/manifest", Envelope(Encoding.UTF8.GetBytes(manifest)));

        string expected = $"{{\"status\":\"error\",\"data\":null,\"message\":\"{message}\"}}\n";
        Assert.StartsWith(expected[..^3], v1, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, v1Status);
        Assert.Equal(v1, v2);
        Assert.Equal(HttpStatusCode.InternalServerError, v2Status);
        Assert.Equal(2, (await DataAsync("/api/v2/status")).GetProperty("code").GetInt32());
        await TestManifest.SetAsync(Host);
    }

    [Theory]
    [InlineData("\"Config\":{\"FeatureGates\":[\"azurehsmsealing\"]}")]
    public async Task PostManifest_FeatureThatIsNotThere_IsRefusedInsteadOfIgnored(string section)
    {
        string manifest = $"{{\"Packages\":{{\"p\":{{\"UniqueID\":\"00\"}}}},\"Marbles\":{{\"m\":{{\"Package\":\"p\"}}}},{section}}}";

        (HttpStatusCode status, string body) = await PostAsync("/manifest", Encoding.UTF8.GetBytes(manifest));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("is not supported by this Coordinator", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "EOF")]
    [InlineData("   ", "EOF")]
    [InlineData("{\"manifest\":\"!!\"}", "illegal base64 data at input byte 0")]
    [InlineData("{\"manifest\":1}", "\\\"manifest\\\" must be a base64 string, found a number")]
    [InlineData("[]", "expected an object with the member \\\"manifest\\\", found an array")]
    [InlineData("{\"manifest\":\"\\ud800\"}", "the string is not valid UTF-8")]
    [Case("client-api", "An empty body")]
    public async Task PostManifestV2_UndecodableEnvelope_Is400Fail(string body, string message)
    {
        (HttpStatusCode status, string answer) = await PostAsync("/api/v2/manifest", Encoding.UTF8.GetBytes(body));

        Assert.Equal($"{{\"status\":\"fail\",\"data\":null,\"message\":\"{message}\"}}\n", answer);
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Theory]
    [InlineData("/manifest")]
    [InlineData("/api/v2/manifest")]
    [Trait("Security", "G2")]
    public async Task Post_TenMegabytes_Is413WithTheEnvelope(string path)
    {
        (HttpStatusCode status, string body) = await PostAsync(path, new byte[10_000_000]);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.StartsWith("{\"status\":\"error\",\"data\":null,\"message\":\"", body, StringComparison.Ordinal);
        Assert.Equal(2, (await DataAsync("/api/v2/status")).GetProperty("code").GetInt32());
    }

    [Fact]
    [Case("client-api", "Quote before the manifest")]
    [Case("client-api", "First the intermediate, then the root")]
    public async Task GetQuote_WithoutNonce_CoversTheRootThatIsServed()
    {
        JsonElement v1 = await DataAsync("/quote?nonce=!!");
        JsonElement v2 = await DataAsync("/api/v2/quote");

        Assert.Equal(v1.GetProperty("Cert").GetString(), v2.GetProperty("cert").GetString());
        Assert.Equal(v1.GetProperty("Quote").GetString(), v2.GetProperty("quote").GetString());
        await AssertVerdictAsync(v2, []);
    }

    [Theory]
    [InlineData("AAAA", new byte[] { 0, 0, 0 })]
    [InlineData("-_8=", new byte[] { 0xfb, 0xff })]
    [Case("client-api", "A nonce gives a fresh quote over root and nonce")]
    public async Task GetQuote_WithNonce_CoversRootAndNonce(string nonce, byte[] bytes)
    {
        await AssertVerdictAsync(await DataAsync($"/api/v2/quote?nonce={nonce}"), bytes);
    }

    [Theory]
    [InlineData("!!", 0)]
    [InlineData("AA", 0)]
    [InlineData("AA%2B%2B", 2)]
    [InlineData("A===", 1)]
    [Case("client-api", "A nonce that is not base64")]
    public async Task GetQuote_MalformedNonce_Is400Fail(string nonce, int offset)
    {
        (HttpStatusCode status, string body) = await GetAsync($"/api/v2/quote?nonce={nonce}");

        Assert.Equal(
            $"{{\"status\":\"fail\",\"data\":null,\"message\":\"invalid query: bad nonce format: illegal base64 data at input byte "
            + $"{offset}\"}}\n",
            body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    private async Task AssertVerdictAsync(JsonElement data, byte[] nonce)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(data.GetProperty("cert").GetString());
        Assert.Equal(["CN=MarbleRun Coordinator - Intermediate CA", "CN=MarbleRun Coordinator"], chain.Select(c => c.Subject));
        Verdict verdict = await Host.Platform.CreateVerifier().VerifyAsync(
            Quote.FromEvidence(data.GetProperty("quote").GetBytesFromBase64()),
            new QuoteExpectation
            {
                ReportData = ReportData.ForCertificate(chain[1].RawData, nonce),
                Package = Host.Platform.MeasureRunningProcess().ToPackageProperties(),
            },
            Cancellation);
        Assert.True(verdict.IsAccepted, verdict.ToString());
    }

    private async Task<X509Certificate2> RootAsync()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem((await DataAsync("/api/v2/quote")).GetProperty("cert").GetString());
        return chain[1];
    }

    private static byte[] Envelope(byte[] manifest) =>
        Encoding.UTF8.GetBytes($"{{\"manifest\":\"{Convert.ToBase64String(manifest)}\"}} and more");

    private async Task<JsonElement> DataAsync(string path)
    {
        (HttpStatusCode status, string body) = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, status);
        return JsonDocument.Parse(body).RootElement.GetProperty("data");
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        using HttpResponseMessage response = await Client.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
