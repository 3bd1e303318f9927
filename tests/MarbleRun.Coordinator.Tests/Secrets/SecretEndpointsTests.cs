using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Secrets;

/// <summary>Reading and writing secrets over the client port, v1 and v2.</summary>
public sealed class SecretEndpointsTests : RunningCoordinatorTest
{
    private static readonly string s_key = Convert.ToBase64String(new byte[16]);

    private readonly UserClient _alice = new("alice");
    private readonly UserClient _bob = new("bob");
    private readonly UserClient _outsider = new("outsider");
    private readonly UserClient _old = new("old", DateTimeOffset.UtcNow.AddDays(-30));

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        string manifest = $$$"""
            {
              "Packages": { "app": { "UniqueID": "{{{Host.Platform.MeasureRunningProcess().UniqueId}}}" } },
              "Marbles": {
                "web": { "Package": "app", "Parameters": { "Env": { "KEY": "{{ hex .Secrets.key }}", "TEXT": "{{ string .Secrets.text }}" } } },
                "tls": { "Package": "app", "Parameters": { "Files": { "/c": "{{ pem .Secrets.cert.Cert }}", "/k": "{{ pem .Secrets.cert.Private }}", "/p": "{{ pem .Secrets.cert.Public }}" } } },
                "before": { "Package": "app", "Parameters": { "Env": { "KEY": "{{ hex .Previous.Secrets.key }}" } } }
              },
              "Secrets": {
                "key": { "Type": "symmetric-key", "Size": 128, "UserDefined": true },
                "text": { "Type": "plain", "UserDefined": true },
                "free": { "Type": "plain", "UserDefined": true },
                "odd": { "Type": "symmetric-key", "Size": 13, "UserDefined": true },
                "inline": { "Type": "plain", "UserDefined": true, "Public": "aW5saW5l" },
                "cert": { "Type": "cert-ecdsa", "Size": 256, "UserDefined": true, "ValidFor": 3 },
                "shared": { "Type": "symmetric-key", "Size": 256, "Shared": true },
                "generated": { "Type": "cert-ed25519", "Shared": true },
                "short": { "Type": "cert-ecdsa", "Size": 384, "Shared": true, "ValidFor": 7 },
                "unread": { "Type": "cert-rsa", "Size": 4096, "Shared": true }
              },
              "Users": {
                "alice": { "Certificate": "{{{_alice.JsonPem}}}", "Roles": ["all"] },
                "bob": { "Certificate": "{{{_bob.JsonPem}}}", "Roles": ["one", "reader"] },
                "old": { "Certificate": "{{{_old.JsonPem}}}", "Roles": ["reader"] }
              },
              "Roles": {
                "all": { "ResourceType": "Secrets", "ResourceNames": ["key", "text", "free", "odd", "inline", "cert"], "Actions": ["WRITESECRET", "ReadSecret"] },
                "one": { "ResourceType": "Secrets", "ResourceNames": ["free"], "Actions": ["writesecret"] },
                "reader": { "ResourceType": "Secrets", "ResourceNames": ["shared", "generated", "short"], "Actions": ["readsecret"] }
              }
            }
            """;
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(Encoding.UTF8.GetBytes(manifest)), Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    public override async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        _bob.Dispose();
        _outsider.Dispose();
        _old.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    [Case("client-api", "Reading a shared key and a certificate together")]
    [Case("manifest", "An issued certificate as JSON and back is the same")]
    public async Task Get_SharedSecrets_AreWrittenInTheOrderOfTheWire()
    {
        (HttpStatusCode status, string contentType, string v1) = await _bob.SendAsync(
            Host, HttpMethod.Get, "/secrets?s=shared&s=generated&s=shared&s=short");
        (_, _, string v2) = await _bob.SendAsync(Host, HttpMethod.Get, "/api/v2/secrets?s=generated&s=shared&s=short");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("application/json", contentType);
        const string Bytes = "'[A-Za-z0-9+/]+=*'";
        string pattern = @"\A\{'status':'success','data':\{"
            + $"'generated':\\{{'Type':'cert-ed25519','Size':0,'Shared':true,'UserDefined':false,'Cert':{Bytes},'ValidFor':365,"
            + $"'Private':{Bytes},'Public':{Bytes}\\}},'shared':\\{{'Type':'symmetric-key','Size':256,'Shared':true,'UserDefined':false,"
            + $"'Cert':null,'ValidFor':0,'Private':({Bytes}),'Public':\\1\\}},'short':\\{{'Type':'cert-ecdsa','Size':384,'Shared':true,"
            + $"'UserDefined':false,'Cert':{Bytes},'ValidFor':7,'Private':{Bytes},'Public':{Bytes}\\}}"
            + @"\}\}\n\z";
        Assert.Matches(pattern.Replace('\'', '"'), v1);
        Assert.Equal(
            v1.Replace("\"data\":{", "\"data\":{\"secrets\":{", StringComparison.Ordinal).Replace(
                "}}}\n", "}}}}\n", StringComparison.Ordinal), v2);
    }

    [Fact]
    [Case("client-api", "Reading a secret that is not set")]
    public async Task Get_UnsetAndInlineSecrets_AreNullAndTheValue()
    {
        (_, _, string body) = await _alice.SendAsync(Host, HttpMethod.Get, "/secrets?s=key&s=inline");

        const string Expected = "{'status':'success','data':{"
            + "'inline':{'Type':'plain','Size':0,'Shared':false,'UserDefined':true,'Cert':null,'ValidFor':0,'Private':null,"
            + "'Public':'aW5saW5l'},'key':{'Type':'symmetric-key','Size':128,'Shared':false,'UserDefined':true,'Cert':null,'ValidFor':0,"
            + "'Private':null,'Public':null}}}\n";
        Assert.Equal(Expected.Replace('\'', '"'), body);
    }

    [Theory]
    [Trait("Security", "E1")]
    [InlineData("", HttpStatusCode.BadRequest, "fail", "invalid query: endpoint requires at least one query parameter")]
    [InlineData("?t=key", HttpStatusCode.BadRequest, "fail", "invalid query: endpoint requires at least one query parameter")]
    [InlineData("?s=key&s=", HttpStatusCode.BadRequest, "fail", "malformed query string: empty query parameter")]
    [InlineData(
        "?s=shared&s=key",
        HttpStatusCode.InternalServerError,
        "error",
        "user alice is not allowed to read one or more secrets of: [shared key]")]
    [InlineData("?s=nope", HttpStatusCode.InternalServerError, "error", "user alice is not allowed to read one or more secrets of: [nope]")]
    [Case("client-api", "Reading with one name that is not allowed")]
    [Case("client-api", "Reading an unknown secret")]
    public async Task Get_WrongQueryOrNoPermission_IsRefused(string query, HttpStatusCode v2Status, string v2Kind, string message)
    {
        (HttpStatusCode status, string contentType, string v1) = await _alice.SendAsync(Host, HttpMethod.Get, "/secrets" + query);
        (HttpStatusCode status2, _, string v2) = await _alice.SendAsync(Host, HttpMethod.Get, "/api/v2/secrets" + query);

        Assert.Equal((HttpStatusCode.BadRequest, "text/plain; charset=utf-8"), (status, contentType));
        Assert.Equal($"{{\"status\":\"error\",\"data\":null,\"message\":\"{message}\"}}\n", v1);
        Assert.Equal(v2Status, status2);
        Assert.Equal($"{{\"status\":\"{v2Kind}\",\"data\":null,\"message\":\"{message}\"}}\n", v2);
    }

    [Theory]
    [Trait("Security", "E1")]
    [InlineData("{}", "parsing new secrets: no new secrets defined")]
    [InlineData("null", "parsing new secrets: no new secrets defined")]
    [InlineData(
        """{"nope":{"Key":"AA=="}}""",
        "parsing new secrets: secret manifest specifies a secret which the original manifest does not contain")]
    [InlineData("""{"shared":{"Key":"AA=="}}""", "parsing new secrets: secret shared is not writeable")]
    [InlineData("""{"odd":{"Key":"AA=="}}""", "parsing new secrets: invalid secret size: odd")]
    [InlineData("""{"key":{"Key":"AA=="}}""", "parsing new secrets: declared size and actual size don't match: key")]
    [InlineData("""{"key":null}""", "parsing new secrets: declared size and actual size don't match: key")]
    [InlineData(
        """{"key":{"Key":"AAAAAAAAAAAAAAAAAAAAAA==","Private":""}}""",
        "parsing new secrets: secret key is set to be of type symmetric-key but specified values for a certificate")]
    [InlineData(
        """{"free":{"Key":"AA==","cert":{}}}""",
        "parsing new secrets: secret free is set to be of type symmetric-key but specified values for a certificate")]
    [InlineData(
        """{"cert":{"Key":""}}""",
        "parsing new secrets: secret cert is set to be of type cert-ecdsa but specified values for a symmetric-key")]
    [InlineData("""{"cert":{"Private":"AA=="}}""", "parsing new secrets: x509: unsupported public key type: \\u003cnil\\u003e")]
    [InlineData("""{"cert":{"Cert":"!bad"}}""", "parsing new secrets: x509: unsupported public key type: \\u003cnil\\u003e")]
    [InlineData(
        """{"text":{"Key":"AEEA"}}""",
        "running manifest template dry run: in Marble web: env variable TEXT: template: data:1:3: executing \\\"data\\\" at \\u003cstring "
        + ".Secrets.text\\u003e: error calling string: secret contains null bytes")]
    [InlineData(
        """{"text":{"Key":""}}""",
        "running manifest template dry run: in Marble web: env variable TEXT: template: data:1:3: executing \\\"data\\\" at \\u003cstring "
        + ".Secrets.text\\u003e: error calling string: tried to parse secret with empty value")]
    [Case("client-api", "Angle brackets of a message are escaped")]
    [Case("client-api", "Writing plain data with a zero byte that a template takes as text")]
    [Case("client-api", "Writing a key of the wrong size")]
    [Case("client-api", "Writing nothing")]
    [Case("client-api", "Writing an unknown secret")]
    [Case("client-api", "Writing a secret that is not user-defined")]
    [Case("client-api", "Writing a key whose declared size is invalid")]
    [Case("client-api", "Writing a key or plain data with members of a certificate")]
    [Case("client-api", "Writing a certificate with a key member")]
    [Case("client-api", "Writing a certificate secret without certificate")]
    public async Task Post_ValueThatDoesNotFit_IsRefusedAndNothingIsChanged(string secrets, string message)
    {
        string withGoodOne = secrets is "{}" or "null" ? secrets : secrets.Insert(1, """ "inline": { "Key": "bmV3" }, """);

        (HttpStatusCode v1Status, _, string v1) = await _alice.SendAsync(Host, HttpMethod.Post, "/secrets", withGoodOne);
        (HttpStatusCode v2Status, _, string v2) = await _alice.SendAsync(
            Host, HttpMethod.Post, "/api/v2/secrets", $"{{\"secrets\":{withGoodOne}}}");

        Assert.Equal($"{{\"status\":\"error\",\"data\":null,\"message\":\"{message}\"}}\n", v1);
        Assert.Equal(v1, v2);
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.InternalServerError), (v1Status, v2Status));
        Assert.Contains("aW5saW5l", (await _alice.SendAsync(Host, HttpMethod.Get, "/secrets?s=inline")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "EOF", true)]
    [InlineData("{", null, true)]
    [InlineData("[]", null, true)]
    [InlineData("""{"key":{"Key":"*"}}""", "illegal base64 data at input byte 0", false)]
    [InlineData("""{"key":{"Key":7}}""", null, false)]
    [InlineData("""{"key":{"Key":[256]}}""", null, false)]
    [InlineData("""{"key":7}""", null, false)]
    [InlineData("""{"cert":{"Cert":"AAAA"}}""", "x509: malformed certificate", false)]
    [Case("client-api", "Writing an invalid certificate")]
    public async Task Post_BodyThatCannotBeDecoded_Is400(string secrets, string? message, bool isWhole)
    {
        (HttpStatusCode v1Status, string v1Type, string v1) = await _alice.SendAsync(Host, HttpMethod.Post, "/secrets", secrets);
        (HttpStatusCode v2Status, string v2Type, string v2) = await _alice.SendAsync(
            Host, HttpMethod.Post, "/api/v2/secrets", isWhole ? secrets : $"{{\"secrets\":{secrets}}}");

        Assert.Equal((HttpStatusCode.BadRequest, "text/plain; charset=utf-8"), (v1Status, v1Type));
        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (v2Status, v2Type));
        Assert.StartsWith("{\"status\":\"error\",\"data\":null,\"message\":\"" + message, v1, StringComparison.Ordinal);
        Assert.StartsWith("{\"status\":\"fail\",\"data\":null,\"message\":\"" + message, v2, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_TextBehindTheValue_IsRefusedByV1AndIgnoredByV2()
    {
        (HttpStatusCode v1, _, _) = await _alice.SendAsync(Host, HttpMethod.Post, "/secrets", """{"free":{"Key":"AA=="}} x""");
        (HttpStatusCode v2, _, string body) = await _alice.SendAsync(
            Host, HttpMethod.Post, "/api/v2/secrets", """{"SECRETS":{"free":{"KEY":[1,2]}}} x""");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (v1, v2));
        Assert.Equal("{\"status\":\"success\",\"data\":null}\n", body);
    }

    [Fact]
    [Trait("Security", "E1")]
    [Case("client-api", "Writing without the permission")]
    public async Task Post_WithoutPermission_IsRefused()
    {
        (HttpStatusCode status, _, string body) = await _bob.SendAsync(
            Host,
            HttpMethod.Post,
            "/api/v2/secrets",
            $"{{\"secrets\":{{\"free\":{{\"Key\":\"AA==\"}},\"key\":{{\"Key\":\"{s_key}\"}}}}}}");

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Contains("\"user bob is not allowed to update secret: key\"", body, StringComparison.Ordinal);
        Assert.Contains(
            "\"Private\":null", (await _alice.SendAsync(Host, HttpMethod.Get, "/secrets?s=free")).Body, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("client-api", "Writing a key of the right size")]
    [Case("client-api", "Writing plain data")]
    [Case("client-api", "A secret that is not set blocks the activation until it is")]
    public async Task Post_Key_ReachesMarblesAlsoAfterARestartAndNotThePreviousValue()
    {
        RpcException unset = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "web"));
        Assert.Equal(StatusCode.Internal, unset.StatusCode);
        Assert.EndsWith("error calling hex: tried to parse secret with empty value", unset.Status.Detail, StringComparison.Ordinal);

        (HttpStatusCode status, _, _) = await _alice.SendAsync(
            Host, HttpMethod.Post, "/secrets", $"{{\"key\":{{\"Key\":\"{s_key}\"}},\"text\":{{\"Key\":\"aGk=\"}}}}");
        Assert.Equal(HttpStatusCode.OK, status);
        await RestartAsync();
        Parameters parameters = await MeshClient.ActivateAsync(Host, "web");

        Assert.Equal(new string('0', 32), parameters.Env["KEY"].ToStringUtf8());
        Assert.Equal("hi", parameters.Env["TEXT"].ToStringUtf8());
        RpcException before = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "before"));
        Assert.EndsWith("tried to parse secret with empty value", before.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Case("client-api", "What is read is what Marbles get")]
    [Case("client-api", "Writing a certificate")]
    public async Task Post_Certificate_IsKeptAsSentAndRenderedAsPem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=mine", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));

        (HttpStatusCode status, _, string body) = await _alice.SendAsync(
            Host,
            HttpMethod.Post,
            "/api/v2/secrets",
            new { secrets = new { cert = new { Cert = certificate.RawData, Private = key.ExportPkcs8PrivateKey() } } });
        Assert.True(status == HttpStatusCode.OK, body);
        Parameters parameters = await MeshClient.ActivateAsync(Host, "tls");
        using var read = JsonDocument.Parse((await _alice.SendAsync(Host, HttpMethod.Get, "/secrets?s=cert")).Body);

        Assert.Equal(certificate.ExportCertificatePem() + "\n", parameters.Files["/c"].ToStringUtf8());
        Assert.Equal(key.ExportPkcs8PrivateKeyPem() + "\n", parameters.Files["/k"].ToStringUtf8());
        Assert.Equal(key.ExportSubjectPublicKeyInfoPem() + "\n", parameters.Files["/p"].ToStringUtf8());
        JsonElement secret = read.RootElement.GetProperty("data").GetProperty("cert");
        Assert.Equal(certificate.RawData, secret.GetProperty("Cert").GetBytesFromBase64());
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), secret.GetProperty("Public").GetBytesFromBase64());
        Assert.Equal(3, secret.GetProperty("ValidFor").GetInt32());
        Assert.DoesNotContain(Host.Logs.Entries, e => e.Contains("SecretDoubtful", StringComparison.Ordinal));
    }

    [Fact]
    [Case("client-api", "Writing a certificate with another key")]
    public async Task Post_CertificateWithAnotherKey_IsTakenWithAWarning()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (HttpStatusCode status, _, _) = await _alice.SendAsync(
            Host,
            HttpMethod.Post,
            "/secrets",
            new { cert = new { Cert = _alice.Certificate.RawData, Private = other.ExportPkcs8PrivateKey() } });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(Host.Logs.Entries, e => e.Contains("SecretDoubtful", StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Security", "E2")]
    [InlineData("GET", "/secrets?s=key", "error")]
    [InlineData("POST", "/secrets", "error")]
    [InlineData("GET", "/api/v2/secrets", "fail")]
    [InlineData("POST", "/api/v2/secrets", "fail")]
    [Case("client-api", "Reading secrets without a user's certificate")]
    [Case("client-api", "Writing secrets without a user's certificate")]
    [Case("client-api", "Update, reading and writing with a certificate of no user")]
    public async Task AnyRequest_CertificateOfNoUser_Is401BeforeAnythingElse(string method, string path, string kind)
    {
        (HttpStatusCode status, _, string body) = await _outsider.SendAsync(
            Host, new HttpMethod(method), path, method == "POST" ? "not json" : null);
        using HttpClient anonymous = Host.CreateClient();
        using HttpResponseMessage without = await anonymous.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);

        string expected =
            $"{{\"status\":\"{kind}\",\"data\":null,\"message\":\"unauthorized user: client certificate did not match any MarbleRun "
            + $"users\"}}\n";
        Assert.Equal((HttpStatusCode.Unauthorized, expected), (status, body));
        Assert.Equal((HttpStatusCode.Unauthorized, expected), (without.StatusCode, await without.Content.ReadAsStringAsync(Cancellation)));
    }

    [Fact]
    [Trait("Security", "E2")]
    [Case("client-api", "Another leaf before the user's certificate, unlike the reference")]
    public async Task Get_UsersCertificateBehindAnotherLeaf_Is401()
    {
        await File.WriteAllTextAsync(Folder.File("leaf.pem"), _outsider.Certificate.ExportCertificatePem(), Cancellation);
        await File.WriteAllTextAsync(
            Folder.File("leaf.key"), _outsider.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), Cancellation);
        await File.WriteAllTextAsync(Folder.File("victim.pem"), _bob.Certificate.ExportCertificatePem(), Cancellation);
        await File.WriteAllTextAsync(
            Folder.File("victim.key"), _bob.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), Cancellation);

        string attack = await GetWithOpenSslAsync("leaf.pem", "leaf.key", "victim.pem");
        string own = await GetWithOpenSslAsync("victim.pem", "victim.key", "leaf.pem");

        Assert.Contains("HTTP/1.1 401", attack, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200", own, StringComparison.Ordinal);
    }

    [Fact]
    [Case("client-api", "An expired certificate of a user")]
    public async Task Get_ExpiredCertificateOfAUser_IsTakenWithAWarning()
    {
        (HttpStatusCode status, _, _) = await _old.SendAsync(Host, HttpMethod.Get, "/secrets?s=shared");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(Host.Logs.Entries, e => e.Contains("UserCertificateExpired", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task AnyRequest_SecretValues_StandInNoLog()
    {
        string canary = Convert.ToBase64String(Encoding.ASCII.GetBytes("canary-of-16-byt"));

        await _alice.SendAsync(
            Host, HttpMethod.Post, "/secrets", $"{{\"key\":{{\"Key\":\"{canary}\"}},\"text\":{{\"Key\":\"{canary}\"}}}}");
        await _alice.SendAsync(Host, HttpMethod.Post, "/secrets", $"{{\"text\":{{\"Key\":\"{canary}\",\"Private\":\"{canary}\"}}}}");
        await _alice.SendAsync(Host, HttpMethod.Get, "/secrets?s=key");
        await MeshClient.ActivateAsync(Host, "web");

        Assert.Contains(Host.Logs.Entries, e => e.Contains("SecretSet", StringComparison.Ordinal));
        Assert.DoesNotContain(Host.Logs.Entries, e => e.Contains("canary", StringComparison.Ordinal)
            || e.Contains(canary, StringComparison.Ordinal)
            || e.Contains(Convert.ToHexString(Encoding.ASCII.GetBytes("canary")), StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Sends exactly the certificates that it is configured with, whether they belong together or not.</summary>
    private Task<string> GetWithOpenSslAsync(string certificate, string key, string further) => RunShellAsync(
        $"printf 'GET /secrets?s=shared HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client -quiet -connect "
        + $"{Host.Client} -cert {Folder.File(certificate)} -key {Folder.File(key)} -cert_chain {Folder.File(further)} "
        + $"2>/dev/null");

    private static async Task<string> RunShellAsync(string command)
    {
        await OpenSsl.RunAsync("version");
        return (await ExternalTool.TryRunAsync("sh", ["-c", command], Cancellation))!.Value.Output;
    }
}
