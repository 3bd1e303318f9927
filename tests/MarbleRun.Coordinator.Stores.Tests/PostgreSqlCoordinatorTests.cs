using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Coordinators over PostgreSQL.</summary>
public sealed class PostgreSqlCoordinatorTests(PostgreSqlStoreServer server)
    : CoordinatorConformance(server), IClassFixture<PostgreSqlStoreServer>
{
    protected override void Use(IServiceCollection services) => services.UsePostgreSqlStore();
}
