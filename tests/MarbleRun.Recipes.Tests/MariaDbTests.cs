using System.Security.Authentication;
using MarbleRun.Identity;
using MarbleRun.Testing;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;
using MarbleRun.Tls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MySqlConnector;

namespace MarbleRun.Recipes.Tests;

/// <summary>docs/recipes.md, MySQL and MariaDB: no password anywhere; both sides are known by their certificates of the Mesh.</summary>
public sealed class MariaDbTests : RecipeTest
{
    [Fact]
    public async Task MySqlConnector_WithTheMarblesIdentity_QueriesADatabaseThatLetsInMarblesAlone()
    {
        using ServerProcess server = await MariaDbServer.StartAsync(await CreateServerFilesAsync(), Folder);
        using IHost orders = await RecipeMesh.StartWorkerAsync(Mesh, "orders");

        // Twice: the library must not dispose of the Marble's certificate.
        for (int i = 0; i < 2; i++)
        {
            await using MySqlDataSource database = Connect(server, orders, MarblePeerPolicy.AllowTypes("database"));
            await using MySqlConnection connection = await database.OpenConnectionAsync(Token);
            await using var command = new MySqlCommand(
                "SELECT CURRENT_USER(), (SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_version')",
                connection);
            await using MySqlDataReader reader = await command.ExecuteReaderAsync(Token);

            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(("orders@%", "TLSv1.3"), (reader.GetString(0), reader.GetString(1)));
        }
    }

    [Fact]
    public async Task MySqlConnector_ServerOfAnotherType_IsRefusedBeforeTheLogin()
    {
        using ServerProcess server = await MariaDbServer.StartAsync(await CreateServerFilesAsync(), Folder);
        using IHost orders = await RecipeMesh.StartWorkerAsync(Mesh, "orders");
        await using MySqlDataSource database = Connect(server, orders, MarblePeerPolicy.AllowTypes("payments"));

        MySqlException exception = await Assert.ThrowsAsync<MySqlException>(async () => await database.OpenConnectionAsync(Token));

        Assert.IsAssignableFrom<AuthenticationException>(exception.GetBaseException());
    }

    [Theory]
    [InlineData("SSL Mode=Required")]
    [InlineData("SSL Mode=Disabled")]
    public async Task MariaDb_ClientWithoutACertificateOfTheMesh_IsRefused(string mode)
    {
        using ServerProcess server = await MariaDbServer.StartAsync(await CreateServerFilesAsync(), Folder);
        await using var outside = new MySqlDataSource($"Server=127.0.0.1;Port={server.Port};Database=shop;User ID=orders;{mode}");

        await Assert.ThrowsAsync<MySqlException>(async () => await outside.OpenConnectionAsync(Token));
    }

    private static MySqlDataSource Connect(ServerProcess server, IHost marble, MarblePeerPolicy policy)
    {
        IServiceProvider services = marble.Services;
        return new MySqlDataSourceBuilder($"Server=127.0.0.1;Port={server.Port};Database=shop;User ID=orders;SSL Mode=Required")
            .UseClientCertificatesCallback(certificates =>
            {
                certificates.Add(services.GetRequiredService<IMarbleIdentityProvider>().Current.Certificate);
                return ValueTask.CompletedTask;
            })
            .UseRemoteCertificateValidationCallback((sender, certificate, chain, errors) =>
                MarbleTls.CreateClientOptions(services, policy, "database").RemoteCertificateValidationCallback!(
                    sender, certificate, chain, errors))
            .Build();
    }
}
