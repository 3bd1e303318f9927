using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Secrets;

public sealed class SecretReadingTests
{
    [Fact]
    [Case("client-api", "What is read is what Marbles get")]
    public async Task Get_SharedSecrets_AreThoseThatMarblesGet()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        Dictionary<string, string> environment = await mesh.ActivateAsync();

        JsonElement secrets = (await mesh.SendAsync(mesh.Rita, "/api/v2/secrets?s=shared&s=cert")).Require().Data.GetProperty("secrets");

        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(environment["CERT"], environment["CERT_KEY"]);
        Assert.Equal(
            environment["SHARED"], Convert.ToHexStringLower(secrets.GetProperty("shared").GetProperty("Private").GetBytesFromBase64()));
        Assert.Equal(certificate.RawData, secrets.GetProperty("cert").GetProperty("Cert").GetBytesFromBase64());
        Assert.Equal(environment["SHARED"].Length, 2 * secrets.GetProperty("shared").GetProperty("Public").GetBytesFromBase64().Length);
    }
}
