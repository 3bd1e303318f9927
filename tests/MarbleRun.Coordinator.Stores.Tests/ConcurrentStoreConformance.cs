using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>What every store does that several clients reach over a network.</summary>
public abstract class ConcurrentStoreConformance(StoreServer server) : StateStoreConformance(server)
{
    private const int Rounds = 100;
    private const int Writers = 4;

    [Fact]
    public async Task Commit_SeveralWritersAtOnce_ExactlyOneWinsEachRound()
    {
        IStateStore[] stores = [.. Enumerable.Range(0, Writers).Select(_ => Connect())];
        StateVersion? version = null;
        for (int round = 0; round < Rounds; round++)
        {
            StateVersion? expected = version;
            using var start = new Barrier(Writers);
            StateVersion?[] results = await Task.WhenAll(stores.Select((store, writer) => Task.Run(async () =>
            {
                start.SignalAndWait(Token);
                return await TryCommitAsync(store, $"{round} {writer}", expected);
            })));

            version = Assert.Single(results, r => r is not null);
            StoredState stored = (await stores[0].LoadAsync(Token))!;
            Assert.Equal(version, stored.Version);
            Assert.Equal($"{round} {Array.IndexOf(results, version)}", Text(stored.Blobs.Data));
        }

        static async Task<StateVersion?> TryCommitAsync(IStateStore store, string text, StateVersion? expected)
        {
            try
            {
                return await store.CommitAsync(State(text), expected, Token);
            }
            catch (StateStoreException exception) when (exception.IsConflict)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Connect_SeveralAtOnceToAnEmptyStore_AllSucceed()
    {
        IStateStore[] stores = [.. Enumerable.Range(0, Writers).Select(_ => Connect())];

        StoredState?[] loaded = await Task.WhenAll(stores.Select(s => Task.Run(() => s.LoadAsync(Token).AsTask(), Token)));

        Assert.All(loaded, Assert.Null);
    }

    [Fact]
    public async Task Version_OfACommit_IsTheSameForAnotherClient()
    {
        StateVersion version = await Connect().CommitAsync(State("one"), null, Token);

        Assert.Equal(version, await Connect().ReadVersionAsync(Token));
        Assert.Equal(version, (await Connect().LoadAsync(Token))!.Version);
    }

    [Fact]
    public async Task Deployments_OfOneServer_DoNotSeeEachOther()
    {
        await Connect().CommitAsync(State("one"), null, Token);
        IStateStore other = Server.Connect($"other-{Guid.NewGuid():N}");

        Assert.Null(await other.LoadAsync(Token));
        await other.RemoveAsync(Token);

        Assert.NotNull(await Connect().LoadAsync(Token));
    }

    [Fact]
    public async Task Watch_ChangesOfAnotherClient_AreReported()
    {
        IStateStore writer = Connect();
        await using IAsyncEnumerator<StateVersion?> watch = Connect().WatchAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());
        Assert.Null(watch.Current);

        StateVersion first = await writer.CommitAsync(State("one"), null, Token);
        await WaitForAsync(watch, first);
        StateVersion second = await writer.CommitAsync(State("two"), first, Token);
        await WaitForAsync(watch, second);
        await writer.RemoveAsync(Token);
        await WaitForAsync(watch, null);
    }

    private protected static async Task WaitForAsync(IAsyncEnumerator<StateVersion?> watch, StateVersion? version)
    {
        do
        {
            Assert.True(await watch.MoveNextAsync());
        }
        while (watch.Current != version);
    }
}
