using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Several replicas on one machine, over one deployment in one store, with a manifest in force.</summary>
internal sealed class ReplicaCluster : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private ReplicaCluster(StoreServer server)
    {
        Server = server;
        Mesh = new TestMesh(Machine.File("simulation"));
    }

    public StoreServer Server { get; }

    /// <summary>The machine: all replicas have its development root and sealing secret.</summary>
    public TemporaryDirectory Machine { get; } = new();

    public TestMesh Mesh { get; }

    public IReadOnlyList<Replica> Replicas { get; private set; } = [];

    public IEnumerable<int> MeshPorts => Replicas.Select(r => r.Mesh.Port);

    public IEnumerable<int> ClientPorts => Replicas.Select(r => r.Client.Port);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts processes, all at the same time.</summary>
    public static Task<ReplicaCluster> StartProcessesAsync(StoreServer server, int count) => StartAsync(
        server,
        count,
        (cluster, name, settings) => new ReplicaProcess(
            name, server.Kind, server.Port, cluster.Machine.File("simulation"), settings));

    /// <summary>Starts replicas, all at the same time, and sets the manifest and the first values of the secrets.</summary>
    public static async Task<ReplicaCluster> StartAsync(
        StoreServer server,
        int count,
        Func<ReplicaCluster, string, Func<int, IEnumerable<(string Key, string Value)>>, Replica> create)
    {
        var cluster = new ReplicaCluster(server);
        try
        {
            string deployment = $"faults-{Guid.NewGuid():N}";

            // Each has an address of loopback for itself, so that the port is known before the start and free.
            string network = $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(256)}";
            string[] peers = [.. Enumerable.Range(1, count).Select(i => $"{network}.{i}:5433")];
            cluster.Replicas =
            [
                .. Enumerable.Range(0, count).Select(i => create(
                    cluster,
                    $"replica-{i}",
                    port =>
                    [
                        ("Coordinator:SealDirectory", cluster.Machine.File($"replica-{i}")),
                        ("Coordinator:Store:Replica", $"replica-{i}"),
                        ("Coordinator:Peers:Address", peers[i]),
                        ("Coordinator:Peers:Addresses", string.Join(',', peers)),
                        .. server.Settings(deployment, port).Where(s => s.Key != "Coordinator:SealDirectory"),
                        .. server.TimeLimit(TimeSpan.FromSeconds(3)),
                    ])),
            ];
            await Task.WhenAll(cluster.Replicas.Select(r => r.StartAsync()));
            await cluster.SetManifestAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The root certificates that the replicas show; null of one that does not answer.</summary>
    public async Task<string?[]> RootsAsync()
    {
        using var caller = new UserCaller(null, ClientPorts, s_limit);
        return await Task.WhenAll(Replicas.Select(async (_, i) =>
        {
            UserAnswer? answer = await caller.SendAsync(i, HttpMethod.Get, "/quote", null, Token);
            if (answer is not { IsSuccess: true })
            {
                return null;
            }

            // The intermediate, which updates replace, comes first.
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(answer.Data.GetProperty("Cert").GetString());
            return chain[^1].Thumbprint;
        }));
    }

    /// <summary>What the replicas logged last.</summary>
    public string DescribeLogs() => string.Join('\n', Replicas.Select(r => $"--- {r.Name}\n{r.LogEnd}"));

    public async ValueTask DisposeAsync()
    {
        foreach (Replica replica in Replicas)
        {
            await replica.DisposeAsync();
        }

        Mesh.Dispose();
        Machine.Dispose();
    }

    /// <summary>Sets it at one replica; the others must know it when that one has answered.</summary>
    private async Task SetManifestAsync()
    {
        using var user = new UserCaller(Mesh.Admin, ClientPorts, TimeSpan.FromSeconds(20));
        UserAnswer? answer = await user.SendAsync(
            0, HttpMethod.Post, "/api/v2/manifest", new { manifest = JsonSerializer.SerializeToUtf8Bytes(Mesh.Manifest) }, Token);
        Assert.True(answer is { IsSuccess: true }, $"{answer?.Body ?? "no answer"}\n{DescribeLogs()}");
        object secrets = TestMesh.Pairs
            .SelectMany(p => (string[])[$"{p}_a", $"{p}_b"])
            .ToDictionary(n => n, _ => new { Key = "0"u8.ToArray() });
        answer = await user.SendAsync(Replicas.Count - 1, HttpMethod.Post, "/api/v2/secrets", new { secrets }, Token);
        Assert.True(answer?.Status == HttpStatusCode.OK, $"{answer?.Body ?? "no answer"}\n{DescribeLogs()}");
    }
}
