using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>
/// The check finds what a store does wrong, or the Coordinator refuses to use it. Without these tests, a check that finds nothing would
/// prove nothing.
/// </summary>
public sealed class SabotageTests
{
    private const int Seeds = 4;
    private const int Operations = 200;
    private static readonly TimeSpan s_longestRun = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task CorrectStore_IsNotBlamed()
    {
        (string? fault, string logs) = await RunAsync(1, content => new MemoryStateStore(content));

        Assert.True(fault is null, $"{fault}\n{logs}");
        Assert.DoesNotContain("rolled back", logs, StringComparison.Ordinal);
    }

    [Fact]
    public Task StaleStore_IsFound() => AssertFoundAsync(content => new StaleStore(content));

    [Fact]
    public Task UncheckedStore_IsFound() => AssertFoundAsync(content => new UncheckedStore(content));

    [Fact]
    public Task RepeatingStore_IsFound() => AssertFoundAsync(content => new RepeatingStore(content));

    [Fact]
    public Task LosingStore_IsFound() => AssertFoundAsync(content => new LosingStore(content));

    /// <summary>The state names its generation, so that an older one is never used.</summary>
    [Fact]
    public async Task RollingBackStore_IsRefused()
    {
        (string? fault, string logs) = await RunAsync(1, content => new RollingBackStore(content));

        Assert.True(fault is null, fault);
        Assert.Contains(
            "StoreAway: The newest state cannot be read from the shared store: The state in the store was rolled back",
            logs,
            StringComparison.Ordinal);
    }

    private static async Task AssertFoundAsync(Func<MemoryStoreContent, IStateStore> connect)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            (string? fault, _) = await RunAsync(seed, connect);
            TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}: {fault ?? "nothing found"}");
            if (fault is not null)
            {
                return;
            }
        }

        Assert.Fail($"Nothing was found in {Seeds} runs.");
    }

    private static async Task<(string? Fault, string Logs)> RunAsync(int seed, Func<MemoryStoreContent, IStateStore> connect)
    {
        await using var server = new MemoryStoreServer(connect);
        await server.InitializeAsync();
        await using ReplicaCluster cluster = await ReplicaCluster.StartAsync(
            server,
            3,
            (cluster, name, settings) => new HostedReplica(name, 0, cluster.Machine, server.UseIn, settings));
        using Workload workload = await Workload.CreateAsync(cluster, seed);
        server.Content.IsSabotaged = true;
        using (var end = new CancellationTokenSource(s_longestRun))
        {
            Task calls = workload.RunAsync(end.Token);
            while (workload.Histories.Answers < Operations && !end.IsCancellationRequested)
            {
                await Task.Delay(s_look, TestContext.Current.CancellationToken);
            }

            await end.CancelAsync();
            await calls;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}: {workload.Histories}");
        IEnumerable<string> ofStore = cluster.Replicas.OfType<HostedReplica>().SelectMany(r => r.StoreEvents);
        return (workload.Histories.FindFault(), $"{cluster.DescribeLogs()}\n{string.Join('\n', ofStore)}");
    }
}
