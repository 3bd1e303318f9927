using System.Globalization;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>
/// Replicas that are killed, stopped, cut off and slowed down, with their store, answer their clients as one Coordinator would.
/// <c>MARBLERUN_LINEARIZABILITY_SEEDS=20</c> makes so many runs, <c>MARBLERUN_LINEARIZABILITY_SEED</c> names the first one.
/// </summary>
public abstract class FaultConformance(StoreServer server)
{
    private const string CountVariable = "MARBLERUN_LINEARIZABILITY_SEEDS";
    private const string SeedVariable = "MARBLERUN_LINEARIZABILITY_SEED";
    private const string SecondsVariable = "MARBLERUN_LINEARIZABILITY_SECONDS";

    protected StoreServer Server => server;

    protected virtual int ReplicaCount => 3;

    /// <summary>Run by hand, with nothing else on the machine.</summary>
    protected static bool IsLongMode => Read(CountVariable) is not null;

    [Fact]
    public async Task Replicas_UnderFaults_AnswerAsOne()
    {
        (int first, int count, TimeSpan time) = ReadSeeds();
        foreach (int seed in Enumerable.Range(first, count))
        {
            await RunAsync(seed, time);
        }
    }

    /// <summary>The first seed, how many there are, and how long each runs.</summary>
    internal static (int First, int Count, TimeSpan Time) ReadSeeds() => (
        Read(SeedVariable) ?? Random.Shared.Next(1_000_000),
        Read(CountVariable) ?? 2,
        TimeSpan.FromSeconds(Read(SecondsVariable) ?? 6));

    protected static int? Read(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private async Task RunAsync(int seed, TimeSpan time)
    {
        await using ReplicaCluster cluster = await ReplicaCluster.StartProcessesAsync(server, ReplicaCount);
        string?[] roots = await cluster.RootsAsync();
        Assert.All(roots, root => Assert.Equal(roots[0] ?? "none", root));
        using Workload workload = await Workload.CreateAsync(cluster, seed);
        var faults = new FaultSchedule(cluster, seed);
        using (var end = new CancellationTokenSource(time))
        {
            await Task.WhenAll(workload.RunAsync(end.Token), faults.RunAsync(end.Token));
        }

        await workload.FinishAsync();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Seed {seed}: {workload.Histories}; answered {workload.Resumption.TotalMilliseconds:F0} ms after the last fault.\n{faults}");
        if (workload.Histories.FindFault() is { } fault)
        {
            Assert.Fail($"Seed {seed}: {fault}\nFaults:\n{faults}\n{cluster.DescribeLogs()}");
        }

        Assert.All(await cluster.RootsAsync(), root => Assert.Equal(roots[0], root));
    }
}
