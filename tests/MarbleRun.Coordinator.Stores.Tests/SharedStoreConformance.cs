using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Stores.Tests.Faults;
using MarbleRun.TestSupport.Servers;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>What every store does whose server fails.</summary>
public abstract class SharedStoreConformance(StoreServer server) : ConcurrentStoreConformance(server)
{
    /// <summary>The time limit of a command in these tests, and what a machine under load may add to it.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(8);

    private protected ServerProcess Process => Server.Process!;

    /// <summary>Stops the server as its operator does.</summary>
    protected abstract Task StopServerAsync();

    /// <summary>What <c>docs/operations/scale.md</c> says of the traffic: the version alone is read, and not the state.</summary>
    [Fact]
    public async Task Traffic_VersionsAndCommitsAndLoads_IsFewBytesForAVersionAndLittleMoreThanTheState()
    {
        const int Size = 200_000;
        const int Times = 10;
        using var proxy = new FaultProxy(Server.Port);
        string deployment = $"traffic-{Guid.NewGuid():N}";
        IStateStore store = Server.Connect(deployment, [.. Server.Settings(deployment, proxy.Port)]);
        StateVersion version = await store.CommitAsync(NewState(), null, Token);
        await store.ReadVersionAsync(Token);

        double look = await MeasureAsync(async () => await store.ReadVersionAsync(Token));
        double commit = await MeasureAsync(async () => version = await store.CommitAsync(NewState(), version, Token));
        double load = await MeasureAsync(async () => await store.LoadAsync(Token));

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{look:0} bytes for a version, {commit / Size:0.00} of the state for a commit, {load / Size:0.00} for a load.");
        Assert.InRange(look, 1, 2_000);
        Assert.InRange(commit / Size, 1, 1.5);
        Assert.InRange(load / Size, 1, 1.5);

        static StateBlobs NewState() => new(RandomNumberGenerator.GetBytes(Size), new byte[500]);

        async Task<double> MeasureAsync(Func<Task> act)
        {
            long before = proxy.Bytes;
            for (int i = 0; i < Times; i++)
            {
                await act();
            }

            return (double)(proxy.Bytes - before) / Times;
        }
    }

    [Fact]
    public async Task Watch_ServerRestarted_ReportsLaterChanges()
    {
        IStateStore writer = Connect();
        StateVersion first = await writer.CommitAsync(State("one"), null, Token);
        await using IAsyncEnumerator<StateVersion?> watch = Connect().WatchAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());
        Task<bool> next = watch.MoveNextAsync().AsTask();

        await StopServerAsync();
        await Server.RestartAsync();
        StateVersion second = await RetryAsync(() => writer.CommitAsync(State("two"), first, Token));

        Assert.True(await next);
        if (watch.Current != second)
        {
            await WaitForAsync(watch, second);
        }
    }

    [Fact]
    public async Task Operations_ServerIsStopped_FailWithServerAndRemedyInTime()
    {
        IStateStore store = Connect([.. Server.TimeLimit(s_limit)]);
        StateVersion version = await store.CommitAsync(State("one"), null, Token);
        await StopServerAsync();
        try
        {
            foreach (Func<Task> operation in Operations(store, version))
            {
                long start = Stopwatch.GetTimestamp();
                StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(operation);

                Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_bound);
                Assert.Contains(Server.Name, failure.Message, StringComparison.Ordinal);
                Assert.Contains("See that the server runs", failure.Message, StringComparison.Ordinal);
                Assert.False(failure.IsConflict);
            }
        }
        finally
        {
            await Server.RestartAsync();
        }

        Assert.Equal(version, await RetryAsync(async () => (await store.ReadVersionAsync(Token))!.Value));
    }

    [Fact]
    public async Task Operations_ServerHangs_FailInTimeAndACommitIsUnknown()
    {
        IStateStore store = Connect([.. Server.TimeLimit(s_limit)]);
        StateVersion version = await store.CommitAsync(State("one"), null, Token);
        await Server.PauseAsync("STOP");
        try
        {
            foreach (Func<Task> operation in Operations(store, version))
            {
                long start = Stopwatch.GetTimestamp();
                await Assert.ThrowsAsync<StateStoreException>(operation);

                Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, s_bound);
            }
        }
        finally
        {
            await Server.PauseAsync("CONT");
        }

        StoredState stored = await RetryAsync(async () => (await store.LoadAsync(Token))!);
        Assert.Contains(Text(stored.Blobs.Data), (string[])["one", "two"]);
    }

    /// <summary>What the server has acknowledged is there after a kill; what was not answered may be.</summary>
    [Fact]
    public async Task Commit_ServerIsKilledInTheMiddle_KeepsWhatItAcknowledged()
    {
        const int Kills = 3;
        IStateStore store = Connect([.. Server.TimeLimit(s_limit)]);
        StateVersion? version = null;
        int number = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            int acknowledged = 0;
            Task killing = Task.Run(
                async () =>
                {
                    while (Volatile.Read(ref acknowledged) < 20)
                    {
                        await Task.Delay(1, Token);
                    }

                    Server.Kill();
                },
                Token);
            int lastAcknowledged = number;
            HashSet<int> unknown = [];
            while (true)
            {
                try
                {
                    version = await store.CommitAsync(State($"{++number}"), version, Token);
                    lastAcknowledged = number;
                    acknowledged++;
                }
                catch (StateStoreException exception)
                {
                    if (exception.IsOutcomeUnknown)
                    {
                        unknown.Add(number);
                    }

                    Assert.False(exception.IsConflict, exception.Message);
                    break;
                }
            }

            await killing;
            await Server.RestartAsync();
            StoredState stored = await RetryAsync(async () => (await store.LoadAsync(Token))!);
            int found = int.Parse(Text(stored.Blobs.Data), CultureInfo.InvariantCulture);
            Assert.True(
                found == lastAcknowledged || unknown.Contains(found),
                $"{found} was found; {lastAcknowledged} was acknowledged last, {string.Join(", ", unknown)} unknown.");
            version = stored.Version;
        }
    }

    /// <summary>Until the server answers again.</summary>
    internal static async Task<T> RetryAsync<T>(Func<ValueTask<T>> operation)
    {
        while (true)
        {
            try
            {
                return await operation();
            }
            catch (StateStoreException exception) when (exception is { IsConflict: false, IsOutcomeUnknown: false })
            {
                await Task.Delay(50, Token);
            }
        }
    }

    private static IEnumerable<Func<Task>> Operations(IStateStore store, StateVersion version) =>
    [
        async () => await store.CommitAsync(State("two"), version, Token),
        async () => await store.ReadVersionAsync(Token),
        async () => await store.LoadAsync(Token),
        async () => await store.LoadBlobAsync(Blob, Token),
        async () => await store.CommitBlobAsync(Blob, "a"u8.ToArray(), null, Token),
    ];
}
