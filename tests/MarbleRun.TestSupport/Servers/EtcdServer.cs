namespace MarbleRun.TestSupport.Servers;

/// <summary>Debian's etcd, a cluster of one member, with data of its own below a folder of the test.</summary>
public static class EtcdServer
{
    /// <summary>Starts the server.</summary>
    /// <param name="directory">The folder of its data.</param>
    /// <param name="scheme"><c>http</c>, or <c>https</c> with the arguments for its certificates.</param>
    /// <param name="arguments">More arguments.</param>
    public static async Task<ServerProcess> StartAsync(TemporaryDirectory directory, string scheme, params string[] arguments)
    {
        int peers = ServerProcess.FindFreePort();
        return await ServerProcess.StartAsync("etcd", port =>
        [
            "--name=test",
            $"--data-dir={directory.File("data")}",
            $"--listen-client-urls={scheme}://127.0.0.1:{port}",
            $"--advertise-client-urls={scheme}://127.0.0.1:{port}",
            $"--listen-peer-urls=http://127.0.0.1:{peers}",
            $"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
            $"--initial-cluster=test=http://127.0.0.1:{peers}",
            "--heartbeat-interval=50",
            "--election-timeout=500",
            .. arguments,
        ]);
    }
}
