using MarbleRun.Testing;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Recipes.Tests;

/// <summary>
/// A mesh with a database, a cache and the services that use them. Servers that are not .NET programs take their identity from files.
/// </summary>
internal static class RecipeMesh
{
    private const string Manifest = """
        {
          "Packages": { "release": { "SignerID": "5555555555555555555555555555555555555555555555555555555555555555", "ProductID": 7, "SecurityVersion": 4 } },
          "Marbles": {
            "database": { "Package": "release", "Parameters": { "Files": {
              "tls/server.crt": "{{ pem .MarbleRun.MarbleCert.Cert }}", "tls/server.key": "{{ pem .MarbleRun.MarbleCert.Private }}", "tls/root.crt": "{{ pem .MarbleRun.RootCA.Cert }}" } } },
            "orders": { "Package": "release" },
            "gateway": { "Package": "release" },
            "web": { "Package": "release", "Parameters": { "Env": {
              "SIGNING_KEY": "{{ pem .Secrets.signing.Private }}", "SIGNING_CERTIFICATE": "{{ pem .Secrets.signing.Cert }}", "KEY_RING": "{{ hex .Secrets.keyRing }}" } } },
            "intruder": { "Package": "release" }
          },
          "Secrets": {
            "signing": { "Type": "cert-ecdsa", "Size": 256, "Shared": true, "ValidFor": 90 },
            "keyRing": { "Type": "symmetric-key", "Size": 256, "Shared": true }
          }
        }
        """;

    public static Task<TestMesh> StartAsync() => TestMesh.StartAsync(Manifest, TestContext.Current.CancellationToken);

    /// <summary>What a server gets that is started by a Marble: certificate, key and the anchor of its clients, as files.</summary>
    public static async Task<ServerFiles> CreateServerFilesAsync(TestMesh mesh, TemporaryDirectory directory)
    {
        TestMarbleClient server = await mesh.ActivateAsync("database", TestContext.Current.CancellationToken);
        foreach (string file in new[] { "server.crt", "server.key", "root.crt" })
        {
            File.Copy(server.GetFile($"tls/{file}"), directory.File(file));
        }

        return new ServerFiles(directory.File("server.crt"), directory.File("server.key"), directory.File("root.crt"));
    }

    /// <summary>A web service that is a Marble of a type.</summary>
    public static async Task<WebApplication> StartWebAsync(
        TestMesh mesh, string marbleType, Action<WebApplicationBuilder> configure, Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("https://127.0.0.1:0");
        mesh.ConfigureMarble(builder, marbleType);
        builder.Services.AddMarble();
        configure(builder);
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    /// <summary>A worker that is a Marble of a type.</summary>
    public static async Task<IHost> StartWorkerAsync(TestMesh mesh, string marbleType, Action<HostApplicationBuilder>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        mesh.ConfigureMarble(builder, marbleType);
        builder.Services.AddMarble();
        configure?.Invoke(builder);
        IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }
}
