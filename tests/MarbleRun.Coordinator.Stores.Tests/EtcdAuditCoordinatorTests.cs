using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Coordinators whose records are in etcd.</summary>
public sealed class EtcdAuditCoordinatorTests(EtcdStoreServer server)
    : AuditCoordinatorConformance(server), IClassFixture<EtcdStoreServer>
{
    protected override void Use(IServiceCollection services) => services.UseEtcdStore();
}
