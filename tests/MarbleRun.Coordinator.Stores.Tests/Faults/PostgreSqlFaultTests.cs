namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Three replicas over PostgreSQL.</summary>
public sealed class PostgreSqlFaultTests(PostgreSqlStoreServer server)
    : SharedFaultConformance(server), IClassFixture<PostgreSqlStoreServer>;
