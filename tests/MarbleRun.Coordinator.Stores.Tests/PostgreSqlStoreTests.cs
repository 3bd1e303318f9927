using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>PostgreSQL, as every store.</summary>
public sealed class PostgreSqlStoreTests(PostgreSqlStoreServer server)
    : SharedStoreConformance(server), IClassFixture<PostgreSqlStoreServer>
{
    protected override Task StopServerAsync() => Process.StopAsync("INT");
}
