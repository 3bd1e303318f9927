using System.Text;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

public sealed class CanaryTests : CoordinatorTest
{
    [Fact]
    [Trait("Security", "E7")]
    public async Task Log_AtEveryLevelOfTheWholeFlow_HoldsNoSecret()
    {
        const string canary = "canary-in-a-manifest-value";
        CoordinatorHost host = await StartAsync();
        byte[] manifest = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(TestManifest.Create(host)).Replace("{{ not a template }}", canary, StringComparison.Ordinal));
        using (HttpClient client = host.CreateClient())
        {
            await client.PostAsync(
                new Uri("/manifest", UriKind.Relative),
                new ByteArrayContent(Encoding.UTF8.GetBytes("{\"Packages\":" + $"\"{canary}\"")),
                TestContext.Current.CancellationToken);
            (await client.PostAsync(
                new Uri("/manifest", UriKind.Relative),
                new ByteArrayContent(manifest),
                TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        Parameters parameters = await MeshClient.ActivateAsync(host, "web");
        await MeshClient.ActivateAsync(host, "limited");
        await Assert.ThrowsAnyAsync<Exception>(() => MeshClient.ActivateAsync(host, "unset"));

        byte[] shared = parameters.Files["/tmp/key"].ToByteArray();
        byte[] sealing = await File.ReadAllBytesAsync(Folder.File("simulation/sealing.key"), TestContext.Current.CancellationToken);
        string privateKey = parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8().Split('\n')[1];
        string[] canaries =
        [
            canary,
            Convert.ToHexString(shared), Convert.ToBase64String(shared),
            parameters.Env["PRIVATE"].ToStringUtf8(),
            Convert.ToHexString(sealing), Convert.ToBase64String(sealing),
            privateKey,
        ];
        Assert.NotEmpty(host.Logs.Entries);
        Assert.All(
            canaries,
            secret => Assert.DoesNotContain(host.Logs.Entries, e => e.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }
}
