using System.Diagnostics;
using MarbleRun.Coordinator.Stores.Tests.Linearizability;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Eight clients that use everything at all replicas, at random.</summary>
internal sealed class Workload : IDisposable
{
    private const int Clients = 8;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_resumption = TimeSpan.FromSeconds(20);

    private readonly ReplicaCluster _cluster;
    private readonly int _seed;
    private readonly List<WorkloadClient> _clients = [];
    private int _started;
    private int _version;
    private long _counter;

    private Workload(ReplicaCluster cluster, int seed) => (_cluster, _seed) = (cluster, seed);

    public WorkloadHistories Histories { get; } = new();

    /// <summary>How long after the faults it took until each replica answered.</summary>
    public TimeSpan Resumption { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Workload> CreateAsync(ReplicaCluster cluster, int seed)
    {
        var workload = new Workload(cluster, seed);
        for (int i = 0; i < Clients; i++)
        {
            workload._clients.Add(new WorkloadClient(
                i,
                await MarbleCaller.CreateAsync(cluster.Mesh, cluster.MeshPorts, Token),
                new UserCaller(cluster.Mesh.Admin, cluster.ClientPorts, s_limit),
                cluster,
                workload.Histories));
        }

        return workload;
    }

    /// <summary>Calls until the end; all calls have ended, or are open, when it returns.</summary>
    public Task RunAsync(CancellationToken end) => Task.WhenAll(_clients.Select((client, i) => Task.Run(
        async () =>
        {
            var random = new Random((_seed * 100) + i);
            while (!end.IsCancellationRequested)
            {
                await CallAsync(client, random, random.Next(_cluster.Replicas.Count));
                await Task.Delay(random.Next(20), CancellationToken.None);
            }
        },
        Token)));

    /// <summary>
    /// After the faults: waits until all replicas answer again, reads everything at each, and activates until each limit is reached.
    /// </summary>
    public async Task FinishAsync()
    {
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(_cluster.Replicas.Select(async (_, i) =>
        {
            while (!await _clients[i].ReadByActivationAsync(i) || !await _clients[i].ReadSecretAsync(TestMesh.Pairs[0], i))
            {
                Assert.True(
                    Stopwatch.GetElapsedTime(start) < s_resumption,
                    $"Replica {i} does not answer {s_resumption} after the last fault.\n{_cluster.DescribeLogs()}");
                await Task.Delay(20, Token);
            }
        }));
        Resumption = Stopwatch.GetElapsedTime(start);
        foreach (int i in Enumerable.Range(0, _cluster.Replicas.Count))
        {
            Assert.True(await _clients[i].ReadLogAsync(i), $"Replica {i} has no update log.\n{_cluster.DescribeLogs()}");
            foreach (string pair in TestMesh.Pairs)
            {
                Assert.True(await _clients[i].ReadSecretAsync(pair, i), $"Replica {i} has no secrets.\n{_cluster.DescribeLogs()}");
            }
        }

        await Task.WhenAll(_clients.Select(async (client, i) =>
        {
            await client.RaiseAsync(0, i % _cluster.Replicas.Count);
            await SpendAsync(client, i);
        }));
    }

    public void Dispose() => _clients.ForEach(c => c.Dispose());

    /// <summary>Each client spends the rest of one type.</summary>
    private async Task SpendAsync(WorkloadClient client, int number)
    {
        for (int type = number; type < TestMesh.CountedTypes; type += Clients)
        {
            for (int i = 0; await client.ActivateAsync($"counted{type}", i % _cluster.Replicas.Count) != false; i++)
            {
                Assert.True(i <= TestMesh.MaxActivations, $"Type {type} was activated {i} times more.\n{Histories.FindFault()}");
            }
        }
    }

    private async Task CallAsync(WorkloadClient client, Random random, int replica)
    {
        string pair = TestMesh.Pairs[random.Next(TestMesh.Pairs.Length)];
        switch (random.Next(100))
        {
            case < 30:
                // Around the limit of each type, clients compete for the last ones.
                int type = Interlocked.Increment(ref _started) * 2 / (3 * TestMesh.MaxActivations);
                await client.ActivateAsync($"counted{Math.Min(type, TestMesh.CountedTypes - 1)}", replica);
                break;
            case < 40:
                await client.ReadByActivationAsync(replica);
                break;
            case < 55:
                await client.WriteSecretAsync(pair, replica);
                break;
            case < 72:
                await client.ReadSecretAsync(pair, replica);
                break;
            case < 87:
                await client.RaiseAsync(random.Next(4) == 0 ? 0 : (ulong)Interlocked.Increment(ref _counter), replica);
                break;
            case < 90:
                await client.UpdateAsync(Interlocked.Increment(ref _version), replica);
                break;
            default:
                await client.ReadLogAsync(replica);
                break;
        }
    }
}
