using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport.FakeKubernetes;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Commits to Secrets whose answers are lost, late or overtaken, and what they leave behind.</summary>
public sealed class KubernetesFaultTests(KubernetesStoreServer server) : IClassFixture<KubernetesStoreServer>, IDisposable
{
    private const string Section = "Coordinator:Store:Kubernetes:";

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeApiServer Api => server.Server;

    private ObjectPath StatePath => new("secrets", "default", $"{_deployment}-state");

    public void Dispose()
    {
        Api.Faults = _ => null;
        Api.Store.ClockOffset = TimeSpan.Zero;
    }

    [Theory]
    [InlineData("create", false)]
    [InlineData("create", true)]
    [InlineData("update", false)]
    [InlineData("update", true)]
    public async Task Commit_ConnectionIsCut_IsMadeOnceAndAcknowledged(string verb, bool isAfterTheWrite)
    {
        IStateStore store = server.Connect(_deployment);
        StateVersion? before = verb == "update" ? await store.CommitAsync(State("one"), null, Token) : null;
        Func<int> faults = Once(verb, isAfterTheWrite ? Fault.CutAfter : Fault.CutBefore);
        long revision = Api.Store.Revision;

        StateVersion version = await store.CommitAsync(State("two"), before, Token);

        Assert.Equal(1, faults());
        Assert.Equal(1, Api.Store.Revision - revision);
        Assert.Equal(version, await server.Connect(_deployment).ReadVersionAsync(Token));
        await store.CommitAsync(State("three"), version, Token);
    }

    /// <summary>etcd had no majority in time, and has written nevertheless.</summary>
    [Theory]
    [InlineData(504, "Timeout")]
    [InlineData(500, "InternalError")]
    public async Task Commit_ServerFailsAfterTheWrite_IsAcknowledged(int code, string reason)
    {
        IStateStore store = server.Connect(_deployment);
        StateVersion first = await store.CommitAsync(State("one"), null, Token);
        Func<int> faults = Once("update", Fault.FailAfter(code, reason, "etcdserver: request timed out"));

        StateVersion second = await store.CommitAsync(State("two"), first, Token);

        Assert.Equal(1, faults());
        Assert.Equal(second, await server.Connect(_deployment).ReadVersionAsync(Token));
    }

    /// <summary>The server gets to the first request when the commit was made by the second one, and others have followed.</summary>
    [Theory]
    [InlineData("create")]
    [InlineData("update")]
    public async Task Commit_RequestIsMadeLate_ChangesNothing(string verb)
    {
        IStateStore store = server.Connect(_deployment, (Section + "CommandTimeout", "00:00:00.5"));
        StateVersion? before = verb == "update" ? await store.CommitAsync(State("one"), null, Token) : null;
        var released = new TaskCompletionSource();
        Func<int> faults = Once(verb, Fault.HoldUntil(released.Task));

        StateVersion second = await store.CommitAsync(State("two"), before, Token);
        StateVersion third = await server.Connect(_deployment).CommitAsync(State("three"), second, Token);
        long revision = Api.Store.Revision;
        released.SetResult();
        await Api.WaitForIdleAsync();

        Assert.Equal(1, faults());
        Assert.Equal(revision, Api.Store.Revision);
        Assert.Equal(third, await store.ReadVersionAsync(Token));
        Assert.Equal("three", Text(await store.LoadAsync(Token)));
    }

    /// <summary>The history of the head says that the commit was not made, so that its outcome is known.</summary>
    [Fact]
    public async Task Commit_LostWhileAnotherOneIsMade_IsAConflict()
    {
        StateVersion first = await server.Connect(_deployment).CommitAsync(State("one"), null, Token);
        IStateStore store = server.Connect(_deployment, server.As("slow"));
        await store.LoadAsync(Token);
        Task<StateVersion>? other = null;
        Api.Faults = r => r is not { User: "slow", Verb: "update" } ? null : new Fault
        {
            Held = other ??= server.Connect(_deployment).CommitAsync(State("other"), first, Token).AsTask(),
            CutsBefore = true,
        };

        StateStoreException conflict =
            await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync(State("two"), first, Token));

        Assert.True(conflict.IsConflict, conflict.Message);
        Assert.Equal(await other!, await store.ReadVersionAsync(Token));
    }

    /// <summary>The history of the head says that the commit was made, although another one is there now.</summary>
    [Fact]
    public async Task Commit_MadeAndReplacedBeforeItIsLookedUp_IsAcknowledged()
    {
        StateVersion first = await server.Connect(_deployment).CommitAsync(State("one"), null, Token);
        IStateStore store = server.Connect(_deployment, server.As("slow"));
        await store.LoadAsync(Token);
        Task<StateVersion>? other = null;
        Api.Faults = r => r switch
        {
            { User: "slow", Verb: "update" } => Fault.CutAfter,
            { User: "slow", Verb: "get" } => Fault.HoldUntil(other ??= ReplaceAsync()),
            _ => null,
        };

        StateVersion second = await store.CommitAsync(State("two"), first, Token);

        Assert.NotEqual(second, await other!);
        Assert.Equal(await other, await store.ReadVersionAsync(Token));

        async Task<StateVersion> ReplaceAsync()
        {
            IStateStore fast = server.Connect(_deployment);
            StoredState found = (await fast.LoadAsync(Token))!;
            Assert.Equal("two", Text(found));
            return await fast.CommitAsync(State("other"), found.Version, Token);
        }
    }

    [Fact]
    public async Task Commit_NothingIsAnswered_IsUnknownAndNamesTheServer()
    {
        IStateStore store = server.Connect(_deployment, (Section + "CommandTimeout", "00:00:00.3"), server.As("cut"));
        StateVersion first = await store.CommitAsync(State("one"), null, Token);
        Api.Faults = r => r.User != "cut" ? null : r.Verb == "update" ? Fault.CutAfter : Fault.CutBefore;

        StateStoreException failure =
            await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync(State("two"), first, Token));

        Assert.True(failure.IsOutcomeUnknown);
        Assert.False(failure.IsConflict);
        Assert.Contains(server.Name, failure.Message, StringComparison.Ordinal);
        Assert.Equal("two", Text(await server.Connect(_deployment).LoadAsync(Token)));
    }

    /// <summary>As when the keys of the encryption at rest are replaced, or somebody annotates the Secret.</summary>
    [Fact]
    public async Task Commit_ObjectWasWrittenWithoutACommit_SucceedsAndKeepsWhatOthersAdded()
    {
        IStateStore store = server.Connect(_deployment);
        StateVersion first = await store.CommitAsync(State("one"), null, Token);
        JsonObject head = Api.Store.Get(StatePath).DeepClone().AsObject();
        head["metadata"]!["annotations"]!["example.com/owner"] = "team";
        head["metadata"]!["finalizers"] = new JsonArray("example.com/keep");
        Api.Store.Replace(StatePath, head);

        Assert.Equal(first, await server.Connect(_deployment).ReadVersionAsync(Token));
        StateVersion second = await store.CommitAsync(State("two"), first, Token);

        Assert.Equal(second, await store.ReadVersionAsync(Token));
        JsonNode metadata = Api.Store.Get(StatePath)["metadata"]!;
        Assert.Equal("team", (string)metadata["annotations"]!["example.com/owner"]!);
        Assert.Equal("example.com/keep", (string)metadata["finalizers"]![0]!);
    }

    [Fact]
    public async Task Commit_ChunkIsCut_IsMadeWithAllOfThem()
    {
        IStateStore store = server.Connect(_deployment, (Section + "ChunkSize", "4096"));
        StateVersion first = await store.CommitAsync(State("one"), null, Token);
        int cuts = 0;
        Api.Faults = r => r.Verb != "create" ? null
            : Interlocked.Increment(ref cuts) switch { 1 => Fault.CutBefore, 3 => Fault.CutAfter, _ => null };
        byte[] data = RandomNumbers(20_000);

        await store.CommitAsync(new StateBlobs(data, default), first, Token);

        Assert.True((await store.LoadAsync(Token))!.Blobs.Data.Span.SequenceEqual(data));
        Assert.Equal(5, server.Chunks(_deployment).Count);
    }

    /// <summary>A reader whose chunks are deleted under it begins again with the new head.</summary>
    [Fact]
    public async Task Load_WhileCommitsReplaceChunks_IsAlwaysWhole()
    {
        (string, string) size = (Section + "ChunkSize", "4096");
        IStateStore writer = server.Connect(_deployment, size);
        IStateStore reader = server.Connect(_deployment, size);
        StateVersion version = await writer.CommitAsync(new StateBlobs(Filled(0), default), null, Token);
        Task writing = Task.Run(
            async () =>
            {
                for (int i = 1; i <= 20; i++)
                {
                    version = await writer.CommitAsync(new StateBlobs(Filled(i), default), version, Token);
                }
            },
            Token);

        while (!writing.IsCompleted)
        {
            StoredState loaded = (await reader.LoadAsync(Token))!;
            Assert.Equal(-1, loaded.Blobs.Data.Span.IndexOfAnyExcept(loaded.Blobs.Data.Span[0]));
        }

        await writing;

        static byte[] Filled(int i)
        {
            byte[] data = new byte[20_000];
            data.AsSpan().Fill((byte)i);
            return data;
        }
    }

    [Fact]
    public async Task Orphans_AreDeletedAfterAnHour()
    {
        (string, string) size = (Section + "ChunkSize", "4096");
        IStateStore failing = server.Connect(_deployment, size, server.As("failing"));
        StateVersion first = await failing.CommitAsync(State("one"), null, Token);
        Api.Faults = r => r.User == "failing" && r.Verb is "update" or "delete" ? Fault.Fail(403, "Forbidden") : null;
        await Assert.ThrowsAsync<StateStoreException>(
            async () => await failing.CommitAsync(new StateBlobs(new byte[20_000], default), first, Token));
        Assert.Equal(5, server.Chunks(_deployment).Count);
        Api.Faults = _ => null;

        // Those of this hour may be of a commit in progress.
        StateVersion second = await CommitLargeAsync(first);
        Assert.Equal(5 + 3, server.Chunks(_deployment).Count);
        Api.Store.ClockOffset = TimeSpan.FromHours(2);
        await CommitLargeAsync(second);

        await WaitForChunksAsync(3);
        Assert.Equal(10_000, (await server.Connect(_deployment).LoadAsync(Token))!.Blobs.Data.Length);

        async Task<StateVersion> CommitLargeAsync(StateVersion version)
        {
            IStateStore store = server.Connect(_deployment, size);
            StateVersion made = await store.CommitAsync(new StateBlobs(new byte[10_000], default), version, Token);
            await Api.WaitForIdleAsync();
            return made;
        }
    }

    /// <summary>A writer that was stopped for hours does not name chunks that are deleted meanwhile.</summary>
    [Fact]
    public async Task Orphans_OfACommitInProgress_MakeItFail()
    {
        (string, string) size = (Section + "ChunkSize", "4096");
        IStateStore stopped = server.Connect(_deployment, size, server.As("stopped"), (Section + "CommandTimeout", "00:01:00"));
        StateVersion first = await stopped.CommitAsync(new StateBlobs(new byte[10_000], default), null, Token);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Api.Faults = r =>
        {
            if (r is not { User: "stopped", Verb: "update" })
            {
                return null;
            }

            held.TrySetResult();
            return Fault.HoldUntil(released.Task);
        };
        Task<StateVersion> commit = stopped.CommitAsync(new StateBlobs(new byte[20_000], default), first, Token).AsTask();
        await held.Task;
        Assert.Equal(3 + 5, server.Chunks(_deployment).Count);
        Api.Store.ClockOffset = TimeSpan.FromHours(2);

        // Of another head, so that nothing but the collection changes that of the state.
        await server.Connect(_deployment, size).CommitBlobAsync("counters", new byte[10_000], null, Token);
        await WaitForChunksAsync(3 + 3);
        released.SetResult();

        StateStoreException conflict = await Assert.ThrowsAsync<StateStoreException>(() => commit);
        Assert.True(conflict.IsConflict, conflict.Message);
        StoredState stored = (await server.Connect(_deployment).LoadAsync(Token))!;
        Assert.Equal((first, 10_000), (stored.Version, stored.Blobs.Data.Length));
    }

    private static StateBlobs State(string text) => new(Encoding.UTF8.GetBytes(text), "key"u8.ToArray());

    private static string Text(StoredState? stored) => Encoding.UTF8.GetString(stored!.Blobs.Data.Span);

    private static byte[] RandomNumbers(int count)
    {
        byte[] data = new byte[count];
        new Random(1).NextBytes(data);
        return data;
    }

    /// <summary>Makes the next request of a kind fail.</summary>
    private Func<int> Once(string verb, Fault fault)
    {
        int count = 0;
        Api.Faults = r => r.Verb == verb && Interlocked.CompareExchange(ref count, 1, 0) == 0 ? fault : null;
        return () => Volatile.Read(ref count);
    }

    private async Task WaitForChunksAsync(int count)
    {
        while (server.Chunks(_deployment).Count != count)
        {
            await Task.Delay(20, Token);
        }
    }
}
