using MarbleRun.Identity;
using MarbleRun.Testing;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;
using MarbleRun.Tls;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, Redis.</summary>
public sealed class RedisTests : RecipeTest
{
    [Fact]
    public async Task StackExchangeRedis_WithTheMarblesIdentity_UsesACacheThatLetsInMarblesAlone()
    {
        using ServerProcess server = await StartAsync(await CreateServerFilesAsync());
        using IHost orders = await RecipeMesh.StartWorkerAsync(Mesh, "orders");

        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(Options(server, orders, "database"));
        IDatabase cache = redis.GetDatabase();
        await cache.StringSetAsync("order", "1");

        Assert.Equal("1", (string?)await cache.StringGetAsync("order"));
    }

    [Fact]
    public async Task StackExchangeRedis_ServerOfAnotherType_IsRefused()
    {
        using ServerProcess server = await StartAsync(await CreateServerFilesAsync());
        using IHost orders = await RecipeMesh.StartWorkerAsync(Mesh, "orders");

        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(Options(server, orders, "payments")));
    }

    [Fact]
    public async Task Redis_ClientWithoutACertificateOfTheMesh_IsRefused()
    {
        using ServerProcess server = await StartAsync(await CreateServerFilesAsync());
        var options = new ConfigurationOptions { EndPoints = { { "127.0.0.1", server.Port } }, Ssl = true, ConnectRetry = 0 };
        options.CertificateValidation += (_, certificate, _, _) => certificate is not null;

        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(options));
    }

    private static ConfigurationOptions Options(ServerProcess server, IHost marble, string marbleType) => new()
    {
        EndPoints = { { "127.0.0.1", server.Port } },
        Ssl = true,
        ConnectRetry = 0,
        SslClientAuthenticationOptions = host => MarbleTls.CreateClientOptions(
            marble.Services, MarblePeerPolicy.AllowTypes(marbleType), host),
    };

    private Task<ServerProcess> StartAsync(ServerFiles files) => ServerProcess.StartAsync("redis-server", port =>
    [
        "--port",
        "0",
        "--tls-port",
        $"{port}",
        "--bind",
        "127.0.0.1",
        "--save",
        string.Empty,
        "--dir",
        Folder.Path,
        "--tls-auth-clients",
        "yes",
        "--tls-cert-file",
        files.Certificate,
        "--tls-key-file",
        files.Key,
        "--tls-ca-cert-file",
        files.Root,
    ]);
}
