using System.Collections.Concurrent;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Replicas of one process over a store whose answers are slow, lost, or late.</summary>
public sealed class FlakyStoreTests
{
    [Fact]
    public async Task Replicas_OverABadNetwork_AnswerAsOne()
    {
        (int first, int count, TimeSpan time) = FaultConformance.ReadSeeds();
        foreach (int seed in Enumerable.Range(first, count))
        {
            var stores = new ConcurrentBag<FlakyStore>();
            await using var server = new MemoryStoreServer(content =>
            {
                var store = new FlakyStore(content, new Random((seed * 10) + stores.Count));
                stores.Add(store);
                return store;
            });
            await using ReplicaCluster cluster = await ReplicaCluster.StartAsync(
                server,
                3,
                (cluster, name, settings) => new HostedReplica(name, 0, cluster.Machine, server.UseIn, settings));
            using Workload workload = await Workload.CreateAsync(cluster, seed);
            Array.ForEach([.. stores], s => s.IsBad = true);
            using (var end = new CancellationTokenSource(time))
            {
                await workload.RunAsync(end.Token);
            }

            Array.ForEach([.. stores], s => s.IsBad = false);
            await workload.FinishAsync();
            TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}: {workload.Histories}");
            string? fault = workload.Histories.FindFault();
            Assert.True(fault is null, $"Seed {seed}: {fault}\n{cluster.DescribeLogs()}");
        }
    }
}
