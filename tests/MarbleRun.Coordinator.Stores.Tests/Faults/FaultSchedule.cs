using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Disturbs replicas, links and store at random: one fault of a replica and one of links or store at a time.</summary>
internal sealed class FaultSchedule(ReplicaCluster cluster, int seed)
{
    private readonly ConcurrentQueue<string> _done = new();
    private readonly long _start = Stopwatch.GetTimestamp();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Disturbs until the end, and heals what it did before it returns.</summary>
    public Task RunAsync(CancellationToken end)
    {
        var random = new Random(seed);
        var other = new Random(seed + 1);
        return Task.WhenAll(
            RepeatAsync(random, DisturbReplicaAsync, end),
            cluster.Server.Port == 0 ? Task.CompletedTask : RepeatAsync(other, DisturbLinksAsync, end));
    }

    public override string ToString() => string.Join("\n", _done);

    private static async Task RepeatAsync(Random random, Func<Random, CancellationToken, Task> disturb, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await WaitAsync(random.Next(100, 900), end);
            if (!end.IsCancellationRequested)
            {
                await disturb(random, end);
            }
        }
    }

    private static async Task WaitAsync(int milliseconds, CancellationToken end) =>
        await Task.Delay(milliseconds, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task DisturbReplicaAsync(Random random, CancellationToken end)
    {
        Replica replica = cluster.Replicas[random.Next(cluster.Replicas.Count)];
        int time = random.Next(100, 2500);
        if (random.Next(2) == 0)
        {
            Note($"{replica.Name} killed");
            await replica.KillAsync();
            await WaitAsync(time / 2, end);
            await replica.StartAsync();
            Note($"{replica.Name} started");
        }
        else
        {
            Note($"{replica.Name} stopped for {time} ms");
            await replica.PauseAsync(isPaused: true);
            await WaitAsync(time, end);
            await replica.PauseAsync(isPaused: false);
            Note($"{replica.Name} goes on");
        }
    }

    private async Task DisturbLinksAsync(Random random, CancellationToken end)
    {
        Replica replica = cluster.Replicas[random.Next(cluster.Replicas.Count)];
        int time = random.Next(100, 2500);
        LinkState state = (LinkState)random.Next(1, 5);
        switch (random.Next(8))
        {
            case 0:
                Note("store killed");
                cluster.Server.Kill();
                await WaitAsync(time / 2, end);
                await cluster.Server.RestartAsync();
                Note("store started");
                break;
            case 1:
                Note($"store stopped for {time} ms");
                await cluster.Server.PauseAsync("STOP");
                await WaitAsync(time, end);
                await cluster.Server.PauseAsync("CONT");
                Note("store goes on");
                break;
            case < 6:
                await DisturbAsync(replica.Name, [replica.Store], "store");
                break;
            default:
                await DisturbAsync(replica.Name, [replica.Mesh, replica.Client], "clients");
                break;
        }

        async Task DisturbAsync(string name, FaultProxy[] links, string peer)
        {
            Note($"{name} and {peer}: {state} for {time} ms");
            Array.ForEach(links, l => l.State = state);
            await WaitAsync(time, end);
            bool isCut = random.Next(2) == 0;
            if (isCut)
            {
                Array.ForEach(links, l => l.Cut());
            }

            Array.ForEach(links, l => l.State = LinkState.Open);
            Note($"{name} and {peer}: open{(isCut ? ", after a cut" : string.Empty)}");
        }
    }

    private void Note(string text) => _done.Enqueue(string.Create(
        CultureInfo.InvariantCulture, $"[{Stopwatch.GetElapsedTime(_start, Stopwatch.GetTimestamp()).TotalMilliseconds,10:F0}] {text}"));
}
