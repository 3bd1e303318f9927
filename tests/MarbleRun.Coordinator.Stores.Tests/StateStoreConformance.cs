using System.Text;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>What every store does, the seal directory included.</summary>
public abstract class StateStoreConformance(StoreServer server)
{
    protected const string Blob = "counters";

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected StoreServer Server { get; } = server;

    [Fact]
    public async Task Load_NothingWasCommitted_IsNull()
    {
        IStateStore store = Connect();

        Assert.Null(await store.LoadAsync(Token));
        Assert.Null(await store.ReadVersionAsync(Token));
        Assert.Null(await store.LoadBlobAsync(Blob, Token));
    }

    [Fact]
    public async Task Commit_FirstState_IsLoadedWithItsVersion()
    {
        IStateStore store = Connect();

        StateVersion version = await store.CommitAsync(State("one"), null, Token);

        StoredState stored = (await store.LoadAsync(Token))!;
        Assert.Equal(("one", "key of one"), Text(stored));
        Assert.Equal(version, stored.Version);
        Assert.Equal(version, await store.ReadVersionAsync(Token));
    }

    [Fact]
    public async Task Commit_NextState_ReplacesDataKeyAndVersion()
    {
        IStateStore store = Connect();
        StateVersion first = await store.CommitAsync(State("one"), null, Token);

        StateVersion second = await store.CommitAsync(State("two"), first, Token);

        Assert.NotEqual(first, second);
        Assert.Equal(second, await store.ReadVersionAsync(Token));
        Assert.Equal(("two", "key of two"), Text((await store.LoadAsync(Token))!));
    }

    [Fact]
    public async Task Commit_WithoutAKey_IsLoadedWithoutOne()
    {
        IStateStore store = Connect();

        await store.CommitAsync(new StateBlobs("data"u8.ToArray(), default), null, Token);

        Assert.True((await store.LoadAsync(Token))!.Blobs.Key.IsEmpty);
    }

    [Fact]
    public async Task Commit_WithAnotherVersion_IsAConflictAndChangesNothing()
    {
        IStateStore store = Connect();
        StateVersion first = await store.CommitAsync(State("one"), null, Token);
        StateVersion second = await store.CommitAsync(State("two"), first, Token);

        foreach (StateVersion? wrong in (StateVersion?[])[null, first, new StateVersion("of another store")])
        {
            await AssertConflictAsync(() => store.CommitAsync(State("three"), wrong, Token));
        }

        Assert.Equal(second, await store.ReadVersionAsync(Token));
        Assert.Equal(("two", "key of two"), Text((await store.LoadAsync(Token))!));
    }

    [Fact]
    public async Task Commit_ExpectedVersionWhereNothingIs_IsAConflict()
    {
        IStateStore store = Connect();
        StateVersion removed = await store.CommitAsync(State("one"), null, Token);
        await store.RemoveAsync(Token);

        await AssertConflictAsync(() => store.CommitAsync(State("two"), removed, Token));

        Assert.Null(await store.LoadAsync(Token));
    }

    [Fact]
    public async Task CommitBlob_BesideTheState_HasAVersionOfItsOwn()
    {
        IStateStore store = Connect();
        StateVersion state = await store.CommitAsync(State("one"), null, Token);

        StateVersion first = await store.CommitBlobAsync(Blob, "a"u8.ToArray(), null, Token);
        StateVersion second = await store.CommitBlobAsync(Blob, "b"u8.ToArray(), first, Token);
        await AssertConflictAsync(() => store.CommitBlobAsync(Blob, "c"u8.ToArray(), first, Token));
        await AssertConflictAsync(() => store.CommitBlobAsync(Blob, "c"u8.ToArray(), null, Token));

        StoredBlob stored = (await store.LoadBlobAsync(Blob, Token))!;
        Assert.Equal(("b", second), (Text(stored.Bytes), stored.Version));
        Assert.Null(await store.LoadBlobAsync("counters_base", Token));
        Assert.Equal(state, await store.ReadVersionAsync(Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Counters")]
    [InlineData("../counters")]
    [InlineData("a/b")]
    public async Task Blob_NameOfAnotherForm_IsRefused(string name)
    {
        IStateStore store = Connect();

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.LoadBlobAsync(name, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CommitBlobAsync(name, "a"u8.ToArray(), null, Token));
    }

    [Fact]
    public async Task Archive_StateAndBlobs_MakesTheNextCommitAFirstOne()
    {
        IStateStore store = Connect();
        StateVersion first = await store.CommitAsync(State("one"), null, Token);
        await store.CommitBlobAsync(Blob, "a"u8.ToArray(), null, Token);

        string place = await store.ArchiveAsync(Token);

        Assert.Contains(Server.Name, place, StringComparison.Ordinal);
        Assert.Null(await store.LoadAsync(Token));
        Assert.Null(await store.LoadBlobAsync(Blob, Token));
        StateVersion again = await store.CommitAsync(State("two"), null, Token);
        await store.CommitBlobAsync(Blob, "b"u8.ToArray(), null, Token);
        Assert.NotEqual(first, again);
        Assert.NotEqual(place, await store.ArchiveAsync(Token));
    }

    [Fact]
    public async Task Remove_StateAndBlobs_MakesTheNextCommitAFirstOne()
    {
        IStateStore store = Connect();
        await store.CommitAsync(State("one"), null, Token);
        await store.CommitBlobAsync(Blob, "a"u8.ToArray(), null, Token);

        await store.RemoveAsync(Token);
        await store.RemoveAsync(Token);

        Assert.Null(await store.LoadAsync(Token));
        Assert.Null(await store.LoadBlobAsync(Blob, Token));
        await store.CommitAsync(State("two"), null, Token);
        await store.CommitBlobAsync(Blob, "b"u8.ToArray(), null, Token);
    }

    [Fact]
    public async Task Commit_StateOfSeveralMebibytes_IsLoadedAsItWas()
    {
        IStateStore store = Connect();
        byte[] large = new byte[5_000_001];
        new Random(1).NextBytes(large);

        StateVersion version = await store.CommitAsync(new StateBlobs(large, "key"u8.ToArray()), null, Token);
        await store.CommitAsync(new StateBlobs(large.AsMemory(1), "key"u8.ToArray()), version, Token);

        Assert.True((await store.LoadAsync(Token))!.Blobs.Data.Span.SequenceEqual(large.AsSpan(1)));
    }

    [Fact]
    public async Task Operations_CancelledBefore_ChangeNothing()
    {
        IStateStore store = Connect();
        StateVersion version = await store.CommitAsync(State("one"), null, Token);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await store.CommitAsync(State("two"), version, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ArchiveAsync(cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.RemoveAsync(cancelled.Token));

        Assert.Equal(version, await store.ReadVersionAsync(Token));
    }

    [Fact]
    public async Task Watch_AtItsStart_ReportsTheVersion()
    {
        IStateStore store = Connect();
        StateVersion version = await store.CommitAsync(State("one"), null, Token);

        await using IAsyncEnumerator<StateVersion?> watch = store.WatchAsync(Token).GetAsyncEnumerator(Token);

        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(version, watch.Current);
    }

    protected static StateBlobs State(string text) => new(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes($"key of {text}"));

    protected static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    protected static (string Data, string Key) Text(StoredState stored) => (Text(stored.Blobs.Data), Text(stored.Blobs.Key));

    protected static async Task<StateStoreException> AssertConflictAsync(Func<ValueTask<StateVersion>> commit)
    {
        StateStoreException conflict = await Assert.ThrowsAsync<StateStoreException>(async () => await commit());
        Assert.True(conflict.IsConflict, conflict.Message);
        Assert.False(conflict.IsOutcomeUnknown);
        return conflict;
    }

    /// <summary>Another client of this test's deployment each time.</summary>
    protected IStateStore Connect(params (string Key, string Value)[] settings) => Server.Connect(_deployment, settings);
}
