using System.Globalization;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>PostgreSQL with a user who has a password.</summary>
public sealed class PostgreSqlStoreServer : StoreServer
{
    public override string Name => $"PostgreSQL at '127.0.0.1:{Process!.Port}', database 'postgres'";

    /// <summary>For statements of a test.</summary>
    public string ConnectionString => At(Process!.Port);

    public override string Kind => "postgresql";

    public override IEnumerable<(string Key, string Value)> Settings(string deployment, int port) =>
    [
        ("Coordinator:Store:PostgreSql:ConnectionString", At(port)),
        ("Coordinator:Store:PostgreSql:Deployment", deployment),
    ];

    public override IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit) =>
        [("Coordinator:Store:PostgreSql:CommandTimeout", limit.ToString("c", CultureInfo.InvariantCulture))];

    /// <summary>Its processes for clients are children, which a signal to the first one does not reach.</summary>
    public override async Task PauseAsync(string signal)
    {
        await base.PauseAsync(signal);
        await ExternalTool.TryRunAsync("pkill", [$"-{signal}", "-P", $"{Process!.Id}"], TestContext.Current.CancellationToken);
    }

    public override Task ChangeRecordAsync(string deployment, string replica, long sequence) => ExecuteAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"""
        UPDATE marblerun.audit SET line = convert_to(replace(convert_from(line, 'UTF8'), '"time":"2', '"time":"1'), 'UTF8')
        WHERE deployment = '{deployment}' AND replica = '{replica}' AND sequence = {sequence}
        """));

    /// <summary>Runs statements as the user of the Coordinators.</summary>
    public async Task ExecuteAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(statement, connection);
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }

    protected override void Use(IServiceCollection services) => services.UsePostgreSqlStore();

    protected override async Task<ServerProcess?> StartAsync() => await PostgreSqlServer.StartAsync(
        Folder,
        "coordinator",
        "host all coordinator 127.0.0.1/32 trust\nhost all limited 127.0.0.1/32 scram-sha-256\n",
        string.Empty,
        "shared_buffers=16MB",
        "max_connections=200");

    private static string At(int port) => $"Host=127.0.0.1;Port={port};Database=postgres;Username=coordinator;SSL Mode=Disable";
}
