using MarbleRun.TestSupport.FakeKubernetes;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Secrets of Kubernetes, as every store.</summary>
public sealed class KubernetesStoreTests(KubernetesStoreServer server)
    : SharedStoreConformance(server), IClassFixture<KubernetesStoreServer>
{
    private FakeApiServer Api => ((KubernetesStoreServer)Server).Server;

    protected override Task StopServerAsync() => Api.StopAsync();
}
