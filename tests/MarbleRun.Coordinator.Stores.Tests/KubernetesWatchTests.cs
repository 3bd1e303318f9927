using System.Text;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport.FakeKubernetes;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>The watch of the state in Secrets, whatever becomes of its streams.</summary>
public sealed class KubernetesWatchTests(KubernetesStoreServer server) : IClassFixture<KubernetesStoreServer>, IDisposable
{
    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeApiServer Api => server.Server;

    public void Dispose()
    {
        Api.Faults = _ => null;
        Api.IsSilent = false;
        Api.IsGoneAStatus = false;
    }

    /// <summary>While no watch is open, the server forgets from where the next one begins.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_VersionIsForgotten_ReportsTheNewest(bool isStatus)
    {
        Api.IsGoneAStatus = isStatus;
        IStateStore writer = server.Connect(_deployment);
        StateVersion version = await writer.CommitAsync(State("one"), null, Token);
        await using IAsyncEnumerator<StateVersion?> watch = await OpenAsync(version);
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await WaitForRequestAsync("watch", 1);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Api.Faults = r => r.Verb == "watch" ? Fault.HoldUntil(released.Task) : null;
        Api.CloseStreams();
        await WaitForRequestAsync("watch", 2);

        version = await writer.CommitAsync(State("two"), version, Token);
        Api.Store.Compact();
        Api.Faults = _ => null;
        released.SetResult();

        Assert.True(await next);
        Assert.Equal(version, watch.Current);
        version = await writer.CommitAsync(State("three"), version, Token);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(version, watch.Current);
    }

    /// <summary>Between two events of an open stream.</summary>
    [Fact]
    public async Task Watch_StreamFallsBehindACompaction_ReportsTheNewest()
    {
        IStateStore writer = server.Connect(_deployment);
        StateVersion version = await writer.CommitAsync(State("one"), null, Token);
        await using IAsyncEnumerator<StateVersion?> watch = await OpenAsync(version);
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await WaitForRequestAsync("watch", 1);

        Api.Store.AdvanceRevision(10);
        Api.Store.Compact();
        version = await writer.CommitAsync(State("two"), version, Token);

        Assert.True(await next);
        while (watch.Current != version)
        {
            Assert.True(await watch.MoveNextAsync());
        }
    }

    /// <summary>The server ends each stream after its time; the next one goes on from the last bookmark, without another list.</summary>
    [Fact]
    public async Task Watch_StreamEnds_GoesOnFromTheBookmark()
    {
        IStateStore writer = server.Connect(_deployment);
        StateVersion version = await writer.CommitAsync(State("one"), null, Token);
        await using IAsyncEnumerator<StateVersion?> watch = await OpenAsync(version);
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await WaitForRequestAsync("watch", 1);
        Api.Store.AdvanceRevision(50);
        long bookmark = Api.Store.Revision;
        int lists = Count("list");

        // A bookmark comes when nothing has happened for a while.
        do
        {
            int watches = Count("watch");
            await Task.Delay(300, Token);
            Api.CloseStreams();
            await WaitForRequestAsync("watch", watches + 1);
        }
        while (!Requests("watch").Last().Contains($"resourceVersion={bookmark}&", StringComparison.Ordinal));

        Assert.Equal(lists, Count("list"));
        version = await writer.CommitAsync(State("two"), version, Token);
        Assert.True(await next);
        Assert.Equal(version, watch.Current);
        Assert.Contains("allowWatchBookmarks=true", Requests("watch").Last(), StringComparison.Ordinal);
    }

    /// <summary>A stream that is open and says nothing.</summary>
    [Fact]
    public async Task Watch_StreamIsSilent_ReportsFromTheVersionThatIsReadAtAnInterval()
    {
        IStateStore writer = server.Connect(_deployment);
        StateVersion version = await writer.CommitAsync(State("one"), null, Token);
        await using IAsyncEnumerator<StateVersion?> watch = await OpenAsync(version);
        Api.IsSilent = true;
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await WaitForRequestAsync("watch", 1);

        version = await writer.CommitAsync(State("two"), version, Token);

        Assert.True(await next);
        Assert.Equal(version, watch.Current);
    }

    [Fact]
    public async Task Watch_RefusedAtFirst_SaysWhy()
    {
        Api.Faults = r => r.Verb == "list" ? Fault.Fail(403, "Forbidden") : null;

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await OpenAsync(default));

        Assert.Contains("\"watch\"", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Bytes of a state of the size of a Secret are not sent to each Coordinator for each report.</summary>
    [Fact]
    public async Task Watch_AndVersion_AskForMetadataAlone()
    {
        IStateStore store = server.Connect(_deployment);
        StateVersion version = await store.CommitAsync(new StateBlobs(new byte[500_000], default), null, Token);
        long before = Api.BytesSent;

        await store.ReadVersionAsync(Token);
        await using IAsyncEnumerator<StateVersion?> watch = await OpenAsync(version);
        await store.CommitAsync(new StateBlobs(new byte[500_001], default), version, Token);
        Assert.True(await watch.MoveNextAsync());

        Assert.InRange(Api.BytesSent - before, 1, 20_000);
    }

    private static StateBlobs State(string text) => new(Encoding.UTF8.GetBytes(text), "key"u8.ToArray());

    private string[] Requests(string verb) =>
    [
        .. Api.Requests.Where(r =>
            r.StartsWith($"{verb} ", StringComparison.Ordinal) && r.Contains(_deployment, StringComparison.Ordinal)),
    ];

    private int Count(string verb) => Requests(verb).Length;

    private async Task WaitForRequestAsync(string verb, int count)
    {
        while (Count(verb) < count)
        {
            await Task.Delay(10, Token);
        }
    }

    private async Task<IAsyncEnumerator<StateVersion?>> OpenAsync(StateVersion? version)
    {
        IStateStore store = server.Connect(_deployment, ("Coordinator:Store:Kubernetes:CommandTimeout", "00:00:30"));
        IAsyncEnumerator<StateVersion?> watch = store.WatchAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(version, watch.Current);
        return watch;
    }
}
