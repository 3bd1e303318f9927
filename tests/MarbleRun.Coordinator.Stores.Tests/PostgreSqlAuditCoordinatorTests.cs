using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Coordinators whose records are in PostgreSQL.</summary>
public sealed class PostgreSqlAuditCoordinatorTests(PostgreSqlStoreServer server)
    : AuditCoordinatorConformance(server), IClassFixture<PostgreSqlStoreServer>
{
    protected override void Use(IServiceCollection services) => services.UsePostgreSqlStore();
}
