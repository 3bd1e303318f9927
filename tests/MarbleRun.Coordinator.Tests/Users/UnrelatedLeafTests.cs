using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Users;

/// <summary>OpenSSL sends any list of certificates, also of such as have nothing to do with each other.</summary>
public sealed class UnrelatedLeafTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "E2")]
    [Case("client-api", "Another leaf before the user's certificate, unlike the reference")]
    [Case("updates-and-users", "Another leaf before a user's certificate is not a user")]
    [Case("updates-and-users", "Another leaf before a Marble's certificate is not a Marble")]
    [Case("updates-and-users", "A user's leaf counts, whatever follows it")]
    public async Task Post_CertificateOfAUserOrAMarbleBehindAnotherLeaf_Is401()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using var outsider = new Secrets.UserClient("outsider");
        Dictionary<string, string> marble = await mesh.ActivateAsync();
        string next = mesh.Manifest();
        (await mesh.StartUpdateAsync(mesh.Bert, next)).Require();
        CoordinatorState before = mesh.State;
        await WriteAsync("outsider", outsider.Certificate.ExportCertificatePem(), KeyOf(outsider.Certificate));
        await WriteAsync("anna", mesh.Anna.Certificate.ExportCertificatePem(), KeyOf(mesh.Anna.Certificate));
        await WriteAsync("marble", marble["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"], marble["MARBLE_PREDEFINED_PRIVATE_KEY"]);
        const string Counter = "{\"name\":\"n\",\"value\":1}";

        Assert.StartsWith("HTTP/1.1 401", await PostAsync("outsider", "anna", "/update-cancel", string.Empty), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401", await PostAsync("outsider", "anna", "/update-manifest", next), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 401", await PostAsync("outsider", "anna", "/api/v2/update", GovernedMesh.V2(next)), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 401", await PostAsync("outsider", "marble", "/api/v2/monotonic-counter", Counter), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 401", await PostAsync("anna", "marble", "/api/v2/monotonic-counter", Counter), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401", await PostAsync("marble", "anna", "/update-cancel", string.Empty), StringComparison.Ordinal);
        Assert.Same(before, mesh.State);
        Assert.StartsWith(
            "HTTP/1.1 200", await PostAsync("marble", "outsider", "/api/v2/monotonic-counter", Counter), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await PostAsync("anna", "outsider", "/update-cancel", string.Empty), StringComparison.Ordinal);

        async Task WriteAsync(string name, string certificate, string key)
        {
            await File.WriteAllTextAsync(mesh.Folder.File(name + ".pem"), certificate, Cancellation);
            await File.WriteAllTextAsync(mesh.Folder.File(name + ".key"), key, Cancellation);
        }

        async Task<string> PostAsync(string leaf, string further, string path, string body)
        {
            await OpenSsl.RunAsync("version");
            string request = mesh.Folder.File("request");
            await File.WriteAllTextAsync(
                request,
                $"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                + $"{System.Text.Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}",
                Cancellation);
            string command = $"openssl s_client -quiet -connect {mesh.Host.Client} -cert {mesh.Folder.File(leaf + ".pem")} -key "
                + $"{mesh.Folder.File(leaf + ".key")} -cert_chain {mesh.Folder.File(further + ".pem")} 2>/dev/null < {request}";
            return (await ExternalTool.TryRunAsync("sh", ["-c", command], Cancellation))!.Value.Output;
        }
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }
}
