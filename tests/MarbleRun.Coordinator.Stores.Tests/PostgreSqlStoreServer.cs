using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>PostgreSQL with a user who has a password.</summary>
public sealed class PostgreSqlStoreServer : StoreServer
{
    public override string Name => $"PostgreSQL at '127.0.0.1:{Process!.Port}', database 'postgres'";

    /// <summary>For statements of a test.</summary>
    public string ConnectionString =>
        $"Host=127.0.0.1;Port={Process!.Port};Database=postgres;Username=coordinator;SSL Mode=Disable";

    public override IEnumerable<(string Key, string Value)> Settings(string deployment) =>
    [
        ("Coordinator:Store:PostgreSql:ConnectionString", ConnectionString),
        ("Coordinator:Store:PostgreSql:Deployment", deployment),
    ];

    protected override void Use(IServiceCollection services) => services.UsePostgreSqlStore();

    protected override async Task<ServerProcess?> StartAsync() => await PostgreSqlServer.StartAsync(
        Folder,
        "coordinator",
        "host all coordinator 127.0.0.1/32 trust\nhost all limited 127.0.0.1/32 scram-sha-256\n",
        string.Empty,
        "shared_buffers=16MB",
        "max_connections=200");
}
