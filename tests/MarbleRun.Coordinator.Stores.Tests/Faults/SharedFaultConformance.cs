using System.Diagnostics;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>How long clients of several replicas wait when one of them, or their store, is lost.</summary>
public abstract class SharedFaultConformance(StoreServer server) : FaultConformance(server)
{
    private const int Callers = 10;
    private const string OutageVariable = "MARBLERUN_LINEARIZABILITY_OUTAGE";

    /// <summary>Of one caller; together they make 20 activations a second.</summary>
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_attempt = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_load = TimeSpan.FromSeconds(6);

    /// <summary>Two seconds; twice as long where the machine runs other tests, too.</summary>
    private static readonly TimeSpan s_longestGap = TimeSpan.FromSeconds(IsLongMode ? 2 : 4);
    private static readonly TimeSpan s_resumption = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replica_KilledUnderLoad_NoActivationFailsAndNoClientWaitsLong()
    {
        await using ReplicaCluster cluster = await ReplicaCluster.StartProcessesAsync(Server, ReplicaCount);
        var gaps = new TimeSpan[Callers];
        int activated = 0;
        using var end = new CancellationTokenSource();
        Task[] load = [.. Enumerable.Range(0, Callers).Select(i => Task.Run(() => ActivateAsync(i), Token))];
        await Task.Delay(s_load / 3, Token);
        await cluster.Replicas[0].KillAsync();
        await Task.Delay(s_load * 2 / 3, Token);
        await end.CancelAsync();
        await Task.WhenAll(load);

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{activated} activations; the longest wait of a client was {gaps.Max().TotalMilliseconds:F0} ms.");
        Assert.InRange(gaps.Max(), TimeSpan.Zero, s_longestGap);

        async Task ActivateAsync(int caller)
        {
            using MarbleCaller marble = await MarbleCaller.CreateAsync(cluster.Mesh, cluster.MeshPorts, Token);
            long next = Stopwatch.GetTimestamp();
            for (int i = 0; !end.IsCancellationRequested; i++)
            {
                // Half of them are counted, by a type of which that many are never used up in this time.
                long start = Stopwatch.GetTimestamp();
                await RetryAsync(marble, i % 2 == 0 ? "plain" : TestMesh.LargeType, caller + i);
                TimeSpan wait = Stopwatch.GetElapsedTime(start);
                gaps[caller] = wait > gaps[caller] ? wait : gaps[caller];
                Interlocked.Increment(ref activated);
                next += (long)(s_period.TotalSeconds * Stopwatch.Frequency);
                TimeSpan pause = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next);
                await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, Token);
            }
        }

        // A client that knows several addresses: after a failure it calls the next one.
        async Task RetryAsync(MarbleCaller marble, string type, int first)
        {
            Protos.ActivationReq request = marble.CreateRequest(type);
            for (int attempt = 0; ; attempt++)
            {
                try
                {
                    await marble.ActivateAsync((first + attempt) % cluster.Replicas.Count, request, s_attempt, Token);
                    return;
                }
                catch (Grpc.Core.RpcException exception) when (attempt < cluster.Replicas.Count
                    && exception.StatusCode is Grpc.Core.StatusCode.Unavailable or Grpc.Core.StatusCode.DeadlineExceeded
                        or Grpc.Core.StatusCode.Internal)
                {
                    // The next address.
                }
            }
        }
    }

    /// <summary><c>MARBLERUN_LINEARIZABILITY_OUTAGE=30</c> stops the store for so many seconds.</summary>
    [Fact]
    public async Task Store_Stopped_EachRefusalSaysWhyNothingIsLostAndServiceResumes()
    {
        var outage = TimeSpan.FromSeconds(Read(OutageVariable) ?? 5);
        await using ReplicaCluster cluster = await ReplicaCluster.StartProcessesAsync(Server, ReplicaCount);
        using Workload workload = await Workload.CreateAsync(cluster, seed: 1);
        using var end = new CancellationTokenSource();
        Task load = workload.RunAsync(end.Token);
        await Task.Delay(s_load / 3, Token);
        Server.Kill();

        // What was under way may fail by its time limit; what comes later is refused at once.
        await Task.Delay(outage / 2, Token);
        workload.Histories.Refusals.Clear();
        await Task.Delay(outage / 2, Token);
        Refusal[] refusals = [.. workload.Histories.Refusals];
        await Server.RestartAsync();
        await end.CancelAsync();
        await load;
        await workload.FinishAsync();

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{workload.Histories}; {refusals.Length} refusals, the slowest after {refusals.Max(r => r.Time).TotalMilliseconds:F0} ms; "
            + $"service resumed {workload.Resumption.TotalMilliseconds:F0} ms after the store.");
        Assert.All(refusals, r => Assert.Contains("the store of the Coordinators does not answer", r.Reason, StringComparison.Ordinal));
        Assert.All(refusals, r => Assert.InRange(r.Time, TimeSpan.Zero, s_attempt));
        string? fault = workload.Histories.FindFault();
        Assert.True(fault is null, $"{fault}\n{cluster.DescribeLogs()}");
        Assert.InRange(workload.Resumption, TimeSpan.Zero, s_resumption);
    }
}
