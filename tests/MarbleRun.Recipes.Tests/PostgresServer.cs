using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;

namespace MarbleRun.Recipes.Tests;

/// <summary>PostgreSQL that lets in Marbles alone, each as the user <c>orders</c>: the settings of the recipe.</summary>
internal static class PostgresServer
{
    private const string HostRules = "hostssl all orders 127.0.0.1/32 cert map=marbles\n";
    private const string UserMap = "marbles /^[0-9a-f-]{36}$ orders\n";

    public static Task<ServerProcess> StartAsync(ServerFiles files, TemporaryDirectory directory) => PostgreSqlServer.StartAsync(
        directory,
        "orders",
        HostRules,
        UserMap,
        "fsync=off",
        "ssl=on",
        $"ssl_cert_file={files.Certificate}",
        $"ssl_key_file={files.Key}",
        $"ssl_ca_file={files.Root}");
}
