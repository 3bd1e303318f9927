using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.FakeKubernetes;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Reading a kubeconfig, so that a real cluster is reached when there is one.</summary>
public sealed class KubeConfigTests(KubernetesStoreServer server) : IClassFixture<KubernetesStoreServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_UserWithAToken_ReachesTheServer()
    {
        using var folder = new TemporaryDirectory();
        string path = await WriteAsync(folder, $"certificate-authority: ca.pem", $"token: {FakeApiServer.AdminToken}");
        File.Copy(server.Server.CertificateAuthorityFile, folder.File("ca.pem"));

        await AssertReachesAsync(KubeConfig.Read(path, folder));
    }

    [Fact]
    public async Task Read_UserWithACertificate_ReachesTheServer()
    {
        using var folder = new TemporaryDirectory();
        using X509Certificate2 client = FakeApiServer.CreateCertificate("user");
        server.Server.ClientCertificates[client.GetCertHashString(HashAlgorithmName.SHA256)] = "user";
        string path = await WriteAsync(
            folder,
            $"certificate-authority-data: {Base64(await File.ReadAllTextAsync(server.Server.CertificateAuthorityFile, Token))}",
            $"client-certificate-data: {Base64(client.ExportCertificatePem())}\n"
            + $"    client-key-data: {Base64(client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}");

        await AssertReachesAsync(KubeConfig.Read(path, folder));
    }

    [Fact]
    public async Task Read_UserWithAProgram_SaysThatItIsNotSupported()
    {
        using var folder = new TemporaryDirectory();
        string path = await WriteAsync(folder, "certificate-authority: ca.pem", "exec: {command: cloud}");

        Assert.Contains("exec", KubeConfig.Read(path, folder).Unsupported, StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<string> WriteAsync(TemporaryDirectory folder, string authority, string credentials)
    {
        string path = folder.File("config");
        await File.WriteAllTextAsync(
            path,
            $"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts:
            - name: other
              context: {"{cluster: none, user: none}"}
            - name: test
              context: {"{cluster: c, user: u, namespace: default}"}
            clusters:
            - name: c
              cluster:
                server: {server.Server.Address}
                {authority}
            users:
            - name: u
              user:
                {credentials}
            """,
            Token);
        return path;
    }

    private async Task AssertReachesAsync(KubeConfig config)
    {
        Assert.Null(config.Unsupported);
        string deployment = $"test-{Guid.NewGuid():N}";
        IStateStore store = server.Connect(deployment, [.. config.ToSettings(deployment)]);
        StateVersion version = await store.CommitAsync(new StateBlobs("a"u8.ToArray(), default), null, Token);
        Assert.Equal(version, await store.ReadVersionAsync(Token));
    }
}
