namespace MarbleRun.TestSupport.Servers;

/// <summary>Debian's PostgreSQL, with data of its own below a folder of the test.</summary>
public static class PostgreSqlServer
{
    /// <summary>Makes the data and starts the server.</summary>
    /// <param name="directory">Becomes a folder of the user <c>postgres</c> if the test runs as root.</param>
    /// <param name="user">The first user, which may do everything.</param>
    /// <param name="hostRules">The lines of <c>pg_hba.conf</c>.</param>
    /// <param name="userMap">The lines of <c>pg_ident.conf</c>.</param>
    /// <param name="settings">Settings, each <c>name=value</c>.</param>
    public static async Task<ServerProcess> StartAsync(
        TemporaryDirectory directory, string user, string hostRules, string userMap, params string[] settings)
    {
        string data = directory.File("data");
        if (Environment.IsPrivilegedProcess)
        {
            // It refuses to run as root.
            await ServerProcess.RunAsync("chown", "-R", "postgres", directory.Path);
        }

        (string program, string[] first) = AsUser("initdb");
        await ServerProcess.RunAsync(
            program, [.. first, "--pgdata", data, "--username", user, "--auth", "reject", "--no-sync"]);
        await File.WriteAllTextAsync(Path.Combine(data, "pg_hba.conf"), hostRules, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(data, "pg_ident.conf"), userMap, TestContext.Current.CancellationToken);
        (program, first) = AsUser("postgres");
        return await ServerProcess.StartAsync(
            program,
            port =>
            [
                .. first,
                "-D",
                data,
                "-p",
                $"{port}",
                .. ((string[])["listen_addresses=127.0.0.1", "unix_socket_directories=", .. settings]).SelectMany(s => (string[])["-c", s]),
            ],
            IsReadyAsync);
    }

    /// <summary>It takes connections before it has read its data, and refuses them until then (57P03).</summary>
    private static async Task<bool> IsReadyAsync(int port)
    {
        (int ExitCode, string Output)? run = await ExternalTool.TryRunAsync(
            PathOf("pg_isready"), ["-h", "127.0.0.1", "-p", $"{port}"], TestContext.Current.CancellationToken);
        return run is { ExitCode: 0 };
    }

    private static string PathOf(string tool)
    {
        const string Packages = "/usr/lib/postgresql";
        Assert.SkipUnless(Directory.Exists(Packages), "PostgreSQL is not installed; on Debian .ci/tools installs it.");
        return Path.Combine(Directory.EnumerateDirectories(Packages).Order(StringComparer.Ordinal).Last(), "bin", tool);
    }

    private static (string Program, string[] Arguments) AsUser(string tool)
    {
        string program = PathOf(tool);

        // It becomes the program, so that signals reach the server.
        return Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program])
            : (program, []);
    }
}
