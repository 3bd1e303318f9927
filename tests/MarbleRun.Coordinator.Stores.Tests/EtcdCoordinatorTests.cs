using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Coordinators over etcd.</summary>
public sealed class EtcdCoordinatorTests(EtcdStoreServer server) : CoordinatorConformance(server), IClassFixture<EtcdStoreServer>
{
    protected override void Use(IServiceCollection services) => services.UseEtcdStore();
}
