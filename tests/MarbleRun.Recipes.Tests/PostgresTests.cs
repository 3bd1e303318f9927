using MarbleRun.Identity;
using MarbleRun.Testing;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;
using MarbleRun.Tls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, PostgreSQL: no password anywhere; both sides are known by their certificates of the Mesh.</summary>
public sealed class PostgresTests : RecipeTest
{
    [Fact]
    public async Task Npgsql_WithTheMarblesIdentity_QueriesADatabaseThatLetsInMarblesAlone()
    {
        using ServerProcess server = await PostgresServer.StartAsync(await CreateServerFilesAsync(), Folder);
        using IHost orders = await RecipeMesh.StartWorkerAsync(Mesh, "orders");
        await using NpgsqlDataSource database = Connect(server, orders, MarblePeerPolicy.AllowTypes("database"));

        await using NpgsqlCommand command = database.CreateCommand("SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Token);

        Assert.True(await reader.ReadAsync(Token));
        Assert.True(reader.GetBoolean(0));
        MarbleIdentity identity = orders.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
        Assert.Contains($"CN={identity.Id:D}", reader.GetString(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Npgsql_ServerOfAnotherType_IsRefusedBeforeAnythingIsSent()
    {
        using ServerProcess server = await PostgresServer.StartAsync(await CreateServerFilesAsync(), Folder);
        using IHost orders = await RecipeMesh.StartWorkerAsync(Mesh, "orders");
        await using NpgsqlDataSource database = Connect(server, orders, MarblePeerPolicy.AllowTypes("payments"));

        await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await database.OpenConnectionAsync(Token));
    }

    [Fact]
    public async Task Postgres_ClientWithoutACertificateOfTheMesh_IsRefused()
    {
        using ServerProcess server = await PostgresServer.StartAsync(await CreateServerFilesAsync(), Folder);
        await using NpgsqlDataSource outsider = NpgsqlDataSource.Create(ConnectionString(server));

        await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await outsider.OpenConnectionAsync(Token));
    }

    private static NpgsqlDataSource Connect(ServerProcess server, IHost marble, MarblePeerPolicy policy)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(server));
        builder.UseSslClientAuthenticationOptionsCallback(options => MarbleTls.Apply(options, marble.Services, policy));
        return builder.Build();
    }

    private static string ConnectionString(ServerProcess server) =>
        $"Host=127.0.0.1;Port={server.Port};Database=postgres;Username=orders;SSL Mode=Require;Timeout=10";
}
