using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Audit trails in PostgreSQL.</summary>
public sealed class PostgreSqlAuditTests(PostgreSqlStoreServer server) : AuditStoreConformance(server), IClassFixture<PostgreSqlStoreServer>
{
    private const string Section = "Coordinator:Store:PostgreSql:";

    /// <summary>The Coordinator can then add records, and neither change nor delete them.</summary>
    [Fact]
    [Trait("Security", "G6")]
    public async Task Append_UserWhoMayOnlyReadAndAdd_IsEnough()
    {
        string deployment = $"test-{Guid.NewGuid():N}";
        await server.ConnectAudit(deployment).ReadLastAsync("replica-1", Token);
        await server.ExecuteAsync("""
            CREATE ROLE limited LOGIN PASSWORD 'limited';
            GRANT USAGE ON SCHEMA marblerun TO limited;
            GRANT SELECT, INSERT ON marblerun.audit TO limited;
            """);
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File("password"), "limited\n", Token);
        IAuditStore store = server.ConnectAudit(
            deployment,
            (Section + "ConnectionString", server.ConnectionString.Replace("=coordinator", "=limited", StringComparison.Ordinal)),
            (Section + "PasswordFile", folder.File("password")));
        var trail = new TestAuditTrail(store, "replica-1");
        IReadOnlyList<ReadOnlyMemory<byte>> lines = trail.Prepare(2);

        await trail.SendAsync(lines);
        await trail.SendAsync(lines);

        Assert.Equal(trail.Head, (await TestAuditTrail.VerifyAsync(store, "replica-1")).Head);
    }

    [Fact]
    public async Task Read_RowThatIsTooLongForARecord_IsRefused()
    {
        string deployment = $"test-{Guid.NewGuid():N}";
        IAuditStore store = server.ConnectAudit(deployment);
        await new TestAuditTrail(store, "replica-1").AppendAsync(1);
        await server.ExecuteAsync(
            $"UPDATE marblerun.audit SET line = decode(repeat('00', 200000), 'hex') WHERE deployment = '{deployment}'");

        StateStoreException last = await Assert.ThrowsAsync<StateStoreException>(async () => await store.ReadLastAsync("replica-1", Token));
        StateStoreException all = await Assert.ThrowsAsync<StateStoreException>(
            async () => await store.ReadAsync("replica-1", 1, 10, Token));

        Assert.Contains("too long for a record", last.Message, StringComparison.Ordinal);
        Assert.Equal(last.Message, all.Message);
    }
}
