using System.Globalization;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>PostgreSQL, as every store.</summary>
public sealed class PostgreSqlStoreTests(PostgreSqlStoreServer server)
    : SharedStoreConformance(server), IClassFixture<PostgreSqlStoreServer>
{
    protected override (string Key, string Value) TimeLimit(TimeSpan limit) =>
        ("Coordinator:Store:PostgreSql:CommandTimeout", limit.ToString("c", CultureInfo.InvariantCulture));

    protected override Task StopServerAsync() => Process.StopAsync("INT");

    /// <summary>Its processes for clients are children, which a signal to the first one does not reach.</summary>
    protected override async Task PauseAsync(string signal)
    {
        await base.PauseAsync(signal);
        await ExternalTool.TryRunAsync("pkill", [$"-{signal}", "-P", $"{Process.Id}"], Token);
    }
}
