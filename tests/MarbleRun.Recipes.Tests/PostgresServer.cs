using MarbleRun.TestSupport;

namespace MarbleRun.Recipes.Tests;

/// <summary>PostgreSQL that lets in Marbles alone, each as the user <c>orders</c>: the settings of the recipe.</summary>
internal static class PostgresServer
{
    private const string HostRules = "hostssl all orders 127.0.0.1/32 cert map=marbles\n";
    private const string UserMap = "marbles /^[0-9a-f-]{36}$ orders\n";

    public static async Task<ServerProcess> StartAsync(ServerFiles files, TemporaryDirectory directory)
    {
        string data = directory.File("data");
        if (Environment.IsPrivilegedProcess)
        {
            // It refuses to run as root.
            await ServerProcess.RunAsync("chown", "-R", "postgres", directory.Path);
        }

        await RunAsync("initdb", "--pgdata", data, "--username", "orders", "--auth", "reject", "--no-sync");
        await File.WriteAllTextAsync(Path.Combine(data, "pg_hba.conf"), HostRules, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(data, "pg_ident.conf"), UserMap, TestContext.Current.CancellationToken);
        (string program, string[] first) = AsUser("postgres");
        return await ServerProcess.StartAsync(program, port =>
        [
            .. first,
            "-D",
            data,
            "-p",
            $"{port}",
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=off",
            "-c",
            "ssl=on",
            "-c",
            $"ssl_cert_file={files.Certificate}",
            "-c",
            $"ssl_key_file={files.Key}",
            "-c",
            $"ssl_ca_file={files.Root}",
        ]);
    }

    private static Task RunAsync(string tool, params string[] arguments)
    {
        (string program, string[] first) = AsUser(tool);
        return ServerProcess.RunAsync(program, [.. first, .. arguments]);
    }

    private static (string Program, string[] Arguments) AsUser(string tool)
    {
        const string Packages = "/usr/lib/postgresql";
        Assert.SkipUnless(Directory.Exists(Packages), "PostgreSQL is not installed; on Debian .ci/tools installs it.");
        string program = Path.Combine(Directory.EnumerateDirectories(Packages).Order(StringComparer.Ordinal).Last(), "bin", tool);
        return Environment.IsPrivilegedProcess ? ("runuser", ["-u", "postgres", "--", program]) : (program, []);
    }
}
