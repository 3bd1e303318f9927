using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;

namespace MarbleRun.Recipes.Tests;

/// <summary>MariaDB that lets in Marbles alone, each as the user <c>orders</c>: the settings of the recipe.</summary>
internal static class MariaDbServer
{
    private const string Rules = """
        CREATE DATABASE shop;
        CREATE USER orders@'%' REQUIRE X509;
        GRANT ALL ON shop.* TO orders@'%';

        """;

    public static async Task<ServerProcess> StartAsync(ServerFiles files, TemporaryDirectory directory)
    {
        // Its name is not in the path of each user.
        const string Program = "/usr/sbin/mariadbd";
        Assert.SkipUnless(File.Exists(Program), "MariaDB is not installed; on Debian .ci/tools installs it.");
        string data = directory.File("data");
        string rules = directory.File("rules.sql");
        await File.WriteAllTextAsync(rules, Rules, TestContext.Current.CancellationToken);
        string[] user = [];
        if (Environment.IsPrivilegedProcess)
        {
            // It does not run as root.
            user = ["--user=mysql"];
            await ServerProcess.RunAsync("chown", "-R", "mysql", directory.Path);
        }

        await ServerProcess.RunAsync(
            "mariadb-install-db",
            ["--no-defaults", .. user, $"--datadir={data}", "--skip-test-db", "--auth-root-authentication-method=socket"]);
        return await ServerProcess.StartAsync(Program, port =>
        [
            "--no-defaults",
            .. user,
            $"--datadir={data}",
            $"--port={port}",
            "--bind-address=127.0.0.1",
            $"--socket={directory.File("socket")}",
            $"--init-file={rules}",
            "--skip-name-resolve",
            "--require-secure-transport=ON",
            $"--ssl-cert={files.Certificate}",
            $"--ssl-key={files.Key}",
            $"--ssl-ca={files.Root}",
        ]);
    }
}
