using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Stores that keep no records.</summary>
public sealed class AuditLocationTests(KubernetesStoreServer server) : IClassFixture<KubernetesStoreServer>
{
    [Fact]
    public async Task Start_RecordsInTheSealDirectoryAsAStore_IsRefused()
    {
        using var directory = new TemporaryDirectory();

        MarbleRunException refused = await Assert.ThrowsAnyAsync<MarbleRunException>(
            () => CoordinatorHost.StartAsync(directory, null, ("Store:Audit", "Store")));

        Assert.Contains("it is the seal directory", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Use PostgreSQL or etcd, or set it to Directory.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RecordsInSecretsOfKubernetes_IsRefused()
    {
        using var directory = new TemporaryDirectory();

        MarbleRunException refused = await Assert.ThrowsAnyAsync<MarbleRunException>(() => CoordinatorHost.StartAsync(
            directory,
            services => services.UseKubernetesStore(),
            [
                ("Store:Audit", "Store"),
                .. server.Settings($"test-{Guid.NewGuid():N}").Select(s => (s.Key["Coordinator:".Length..], s.Value)),
            ]));

        Assert.Contains("it is too small for them", refused.Message, StringComparison.Ordinal);
    }
}
