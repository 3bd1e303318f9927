using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Coordinators over Secrets of Kubernetes.</summary>
public sealed class KubernetesCoordinatorTests(KubernetesStoreServer server)
    : CoordinatorConformance(server), IClassFixture<KubernetesStoreServer>
{
    protected override void Use(IServiceCollection services) => services.UseKubernetesStore();
}
