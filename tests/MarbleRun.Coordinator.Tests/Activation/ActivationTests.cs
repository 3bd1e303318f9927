using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Activation;

public sealed class ActivationTests : RunningCoordinatorTest
{
    [Fact]
    [Case("marble-api", "Activation before the manifest")]
    [Case("marble-api", "Wire: the state")]
    public async Task Activate_BeforeTheManifest_IsFailedPrecondition()
    {
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "web"));

        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.Equal("cannot accept marbles in current state", refusal.Status.Detail);
    }

    [Fact]
    [Case("manifest", "With `NoTemplates` a template is kept as text")]
    [Case("manifest", "Symmetric keys are as long as their size says")]
    [Case("marble-api", "Files and arguments are those of the manifest")]
    [Case("marble-api", "A key of 256 bits is 32 raw bytes, or 64 digits")]
    public async Task Activate_AdmittedMarble_GetsParametersAsTheManifestSays()
    {
        await TestManifest.SetAsync(Host);

        Parameters parameters = await MeshClient.ActivateAsync(Host, "web");

        string shared = parameters.Env["SHARED"].ToStringUtf8();
        Assert.Matches("^[0-9a-f]{64}$", shared);
        Assert.Equal(16, Convert.FromBase64String(parameters.Env["PRIVATE"].ToStringUtf8()).Length);
        Assert.Equal(parameters.Env["PRIVATE"], parameters.Env["PREVIOUS"]);
        Assert.Equal(shared, Convert.ToHexStringLower(parameters.Files["/tmp/key"].Span));
        Assert.Equal("{{ not a template }}", parameters.Env["VERBATIM"].ToStringUtf8());
        Assert.Equal(parameters.Env["MARBLE_PREDEFINED_ROOT_CA"], parameters.Env["ROOT"]);
        Assert.StartsWith(
            parameters.Files["/tmp/leaf.pem"].ToStringUtf8(),
            parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8(),
            StringComparison.Ordinal);
        Assert.Equal(["./web", "{{ hex .Secrets.shared }}"], parameters.Argv);
    }

    [Fact]
    [Case("marble-api", "The chain has two certificates, issued one by the other and by the root; names, usages, key")]
    [Case("marble-api", "The leaf verifies under both roots and for `localhost`")]
    public async Task Activate_ReservedVariables_HoldAnIdentityThatVerifiesUnderBothRoots()
    {
        await TestManifest.SetAsync(Host);
        var uuid = Guid.NewGuid();

        Parameters parameters = await MeshClient.ActivateAsync(Host, "web", uuid: uuid.ToString());

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8());
        Assert.Equal(2, chain.Count);
        Assert.Equal($"CN={uuid:D}", chain[0].Subject);
        Assert.Equal("CN=MarbleRun Coordinator", chain[1].Issuer);
        using var key = ECDsa.Create();
        key.ImportFromPem(parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8());
        Assert.Equal(chain[0].PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
        Assert.EndsWith(
            "-----END PRIVATE KEY-----\n", parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8(), StringComparison.Ordinal);

        string leaf = await WriteAsync("leaf.pem", chain[0].ExportCertificatePem());
        string marbleRoot = await WriteAsync("marble-root.pem", parameters.Env["MARBLE_PREDEFINED_ROOT_CA"].ToStringUtf8());
        string root = await WriteAsync("root.pem", parameters.Env["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"].ToStringUtf8());
        string intermediate = await WriteAsync("intermediate.pem", chain[1].ExportCertificatePem());
        await OpenSsl.RunAsync(
            "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile", marbleRoot, leaf);
        await OpenSsl.RunAsync("verify", "-purpose", "sslclient", "-CAfile", root, "-untrusted", intermediate, leaf);
        string text = await OpenSsl.RunAsync("x509", "-in", leaf, "-noout", "-text");
        Assert.Contains("X509v3 Key Usage: critical\n                Digital Signature, Key Agreement\n", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Basic Constraints: critical\n                CA:FALSE\n", text, StringComparison.Ordinal);
        Assert.Contains("DNS:localhost, IP Address:127.0.0.1, URI:spiffe://", text, StringComparison.Ordinal);
        Assert.Contains("1.3.9903.2.1: \n                web\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("X509v3 Subject Key Identifier", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_MeshPort_ServesTheMarbleRootAlone()
    {
        await TestManifest.SetAsync(Host);
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var client = new MeshClient(Host, certificate);

        await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(new ActivationReq()));

        Assert.Equal("CN=MarbleRun Coordinator - Intermediate CA", client.ServerCertificate!.Subject);
        Assert.Equal(client.ServerCertificate.Subject, client.ServerCertificate.Issuer);
    }

    [Fact]
    [Case("marble-api", "With binding, or as another instance, another key")]
    public async Task Activate_PrivateSecret_DependsOnInstanceAndTypeAndIsTheSameEachTime()
    {
        await TestManifest.SetAsync(Host);
        string uuid = Guid.NewGuid().ToString();

        ByteString first = (await MeshClient.ActivateAsync(Host, "web", uuid: uuid)).Env["PRIVATE"];

        Assert.Equal(first, (await MeshClient.ActivateAsync(Host, "web", uuid: uuid.ToUpperInvariant())).Env["PRIVATE"]);
        Assert.NotEqual(first, (await MeshClient.ActivateAsync(Host, "web")).Env["PRIVATE"]);
        Assert.NotEqual(first, (await MeshClient.ActivateAsync(Host, "other", uuid: uuid)).Env["PRIVATE"]);
        Assert.NotEqual(first, (await MeshClient.ActivateAsync(Host, "unbound", uuid: uuid)).Env["PRIVATE"]);
    }

    [Fact]
    [Case("marble-api", "Shared certificates are equal in all types")]
    public async Task Activate_SharedSecret_IsTheSameForAllAndAfterARestart()
    {
        await TestManifest.SetAsync(Host);
        ByteString first = (await MeshClient.ActivateAsync(Host, "web")).Env["SHARED"];
        Assert.Equal(first, (await MeshClient.ActivateAsync(Host, "other")).Env["SHARED"]);

        await RestartAsync();

        Assert.Equal(first, (await MeshClient.ActivateAsync(Host, "other")).Env["SHARED"]);
    }

    [Fact]
    [Case("marble-api", "A budget of activations is kept, also over a restart")]
    [Case("marble-api", "Wire: the budget is used up")]
    public async Task Activate_LimitedType_IsRefusedAfterItsBudgetAlsoAfterARestart()
    {
        await TestManifest.SetAsync(Host);
        await MeshClient.ActivateAsync(Host, "limited");
        await RestartAsync();
        await MeshClient.ActivateAsync(Host, "limited");

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "limited"));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Equal("marble verification failed: reached max activations count (2) for marble type \"limited\"", refusal.Status.Detail);
    }

    [Fact]
    [Case("marble-api", "Many at once: the budget is exact, others all succeed")]
    public async Task Activate_LimitedTypeManyAtOnce_AdmitsExactlyTheBudget()
    {
        await TestManifest.SetAsync(Host);

        bool[] admitted = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            try
            {
                await MeshClient.ActivateAsync(Host, "limited");
                return true;
            }
            catch (RpcException refusal) when (refusal.StatusCode == StatusCode.PermissionDenied)
            {
                return false;
            }
        }));

        Assert.Equal(2, admitted.Count(a => a));
    }

    [Fact]
    [Case("marble-api", "Wire: the budget is used up")]
    public async Task Activate_RefusedForItsCsr_CostsNoBudget()
    {
        await TestManifest.SetAsync(Host);
        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "limited", r => r.CSR = ByteString.Empty));
        }

        await MeshClient.ActivateAsync(Host, "limited");
        await MeshClient.ActivateAsync(Host, "limited");
    }

    [Fact]
    [Case("marble-api", "Wire: a secret that is not set")]
    public async Task Activate_UserDefinedSecretNotSet_IsInternalWithTheWordsOfTheWire()
    {
        await TestManifest.SetAsync(Host);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "unset"));

        Assert.Equal(StatusCode.Internal, refusal.StatusCode);
        Assert.Equal(
            "customizing marble parameters: parsing secrets for env variable \"UPLOADED\": template: data:1:3: executing \"data\" at <hex "
            + ".Secrets.uploaded>: error calling hex: tried to parse secret with empty value",
            refusal.Status.Detail);
    }

    [Theory]
    [InlineData("rpc.Marble", "Foo", "unknown method Foo for service rpc.Marble")]
    [InlineData("rpc.Foo", "Activate", "unknown service rpc.Foo")]
    public async Task Call_UnknownMethodOrService_IsUnimplemented(string service, string method, string message)
    {
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var client = new MeshClient(Host, certificate);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(new ActivationReq(), service, method));

        Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
        Assert.Equal(message, refusal.Status.Detail);
    }

    [Fact]
    public async Task Call_UnknownServiceWithAnEndlessName_IsUnimplementedAndCut()
    {
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var client = new MeshClient(Host, certificate);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(new ActivationReq(), new string('x', 6000)));

        Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
        Assert.InRange(refusal.Status.Detail.Length, 1, 300);
    }

    [Fact]
    [Case("marble-api", "Wire: no HTTP/2 in the handshake")]
    public async Task Call_WithoutHttp2_IsDroppedWithoutAnErrorInTheLog()
    {
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.ClientCertificates = [certificate];
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        using var client = new HttpClient(handler);

        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(new Uri($"https://{Host.Mesh}/rpc.Marble/Activate"), Cancellation));

        Assert.DoesNotContain(Host.Logs.Entries, e => e.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_LargerThanFourMebibytes_IsResourceExhausted()
    {
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var client = new MeshClient(Host, certificate);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(
            () => client.CallAsync(new ActivationReq { CSR = ByteString.CopyFrom(new byte[5_000_000]) }));

        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
    }

    private async Task<string> WriteAsync(string name, string content)
    {
        string path = Folder.File(name);
        await File.WriteAllTextAsync(path, content, Encoding.ASCII, Cancellation);
        return path;
    }
}
