using System.Diagnostics.Metrics;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Authority;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Coordinator.Tests.State;

public sealed class StateWriterTests : IAsyncDisposable
{
    private readonly HeldStore _store = new();
    private readonly ZeroKey _key = new();
    private readonly CurrentState _current = new();
    private readonly Lifetime _lifetime = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly StateRepository _repository;
    private readonly StateWriter _writer;
    private readonly Task _running;

    public StateWriterTests()
    {
        _repository = new StateRepository(_store, new KeySealer(_key), NullLogger<StateRepository>.Instance);
        _current.Publish(new CoordinatorState
        {
            Generation = 1,
            Authority = MeshAuthorityTests.Create(),
            RootSecret = new byte[32],
            Protection = StateProtection.Create(),
        });
        _writer = new StateWriter(
            _repository,
            _current,
            new GenerationFloor(),
            _lifetime,
            new StateMetrics(_services.GetRequiredService<IMeterFactory>(), _current),
            TimeProvider.System,
            NullLogger<StateWriter>.Instance);
        _running = _writer.RunAsync();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _store.Release();
        _writer.Complete();
        await _running;
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Change_CommitStillRunning_IsNotVisibleYet()
    {
        _store.Hold();
        Task<ulong> change = CountAsync("web");
        await _store.CommitStarted;

        Assert.Empty(_current.Value.Activations);
        Assert.False(change.IsCompleted);

        _store.Release();
        Assert.Equal(1UL, await change);
        Assert.Equal(1UL, _current.Value.Activations["web"]);
        Assert.Equal(2UL, _current.Value.Generation);
    }

    [Fact]
    public async Task Change_ManyWhileACommitRuns_AreCommittedAsOneGroup()
    {
        _store.Hold();
        Task<ulong> first = CountAsync("web");
        await _store.CommitStarted;
        Task<ulong>[] waiting = [.. Enumerable.Range(0, 20).Select(_ => CountAsync("web"))];

        _store.Release();
        await first;
        ulong[] counts = await Task.WhenAll(waiting);

        Assert.Equal(Enumerable.Range(2, 20).Select(i => (ulong)i), counts.Order());
        Assert.Equal(2, _store.Commits);
        Assert.Equal(21UL, _current.Value.Activations["web"]);
    }

    [Fact]
    [Case("state-and-sealing", "A change that fails lets the next one pass")]
    public async Task Change_ThatThrows_FailsItsCallerAloneAndChangesNothing()
    {
        _store.Hold();
        Task<ulong> first = CountAsync("web");
        await _store.CommitStarted;
        Task<int> bad = _writer.ChangeAsync<int>(_ => throw new InvalidOperationException("no"), Cancellation);
        Task<ulong> good = CountAsync("web");
        _store.Release();

        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        Assert.Equal(2UL, await good);
        Assert.Equal(1UL, await first);
    }

    [Fact]
    [Case("state-and-sealing", "A change that fails leaves nothing of itself")]
    public async Task Change_CommitFails_FailsAllWhoWaitedAndKeepsTheOldState()
    {
        CoordinatorState before = _current.Value;
        _store.FailNext(new StateStoreException("disk full"));

        await Assert.ThrowsAsync<StateStoreException>(() => CountAsync("web"));

        Assert.Same(before, _current.Value);
        Assert.Equal(1UL, await CountAsync("web"));
        Assert.False(_lifetime.Stopped);
    }

    [Fact]
    public async Task Change_Conflict_StopsTheHostAndTakesNoMoreChanges()
    {
        CoordinatorState before = _current.Value;
        _store.FailNext(new StateStoreException("changed by another one") { IsConflict = true });

        await Assert.ThrowsAsync<StateStoreException>(() => CountAsync("web"));

        Assert.True(_lifetime.Stopped);
        Assert.Same(before, _current.Value);
        await Assert.ThrowsAsync<StateStoreException>(() => CountAsync("web"));
        Assert.Equal(1, _store.Commits);
    }

    [Fact]
    public async Task Change_OutcomeUnknown_StopsTheHostAndTakesNoMoreChanges()
    {
        _store.FailNext(new StateStoreException("no answer") { IsOutcomeUnknown = true });

        await Assert.ThrowsAsync<StateStoreException>(() => CountAsync("web"));

        Assert.True(_lifetime.Stopped);
        await Assert.ThrowsAsync<StateStoreException>(() => CountAsync("web"));
        Assert.Equal(1, _store.Commits);
    }

    [Fact]
    public async Task Change_ThatReturnsTheSameState_WritesNothing()
    {
        Assert.Equal(7, await _writer.ChangeAsync(state => (state, 7), Cancellation));

        Assert.Equal(0, _store.Commits);
        Assert.Equal(1UL, _current.Value.Generation);
    }

    [Fact]
    public async Task ChangeCounters_AfterTheFirst_CommitsNoState()
    {
        await CountAsync("web");
        Assert.Equal(0UL, await RaiseAsync(1));
        Assert.Equal((2, 1, 3UL), (_store.Commits, _store.CommitsOfBlobs, _current.Value.Generation));

        Assert.Equal(1UL, await RaiseAsync(2));

        Assert.Equal((2, 2, 3UL), (_store.Commits, _store.CommitsOfBlobs, _current.Value.Generation));
        Assert.Equal((2UL, 2L), (_current.Value.Counters.Values["n"], _current.Value.AuditHead!.Sequence));
    }

    [Fact]
    public async Task Change_AfterCounters_CommitsNoCounters()
    {
        await CountAsync("web");
        await RaiseAsync(1);

        await CountAsync("web");

        Assert.Equal((3, 1), (_store.Commits, _store.CommitsOfBlobs));
    }

    [Fact]
    public async Task ChangeCounters_ThatRaisesNothing_WritesNothing()
    {
        await CountAsync("web");
        await RaiseAsync(2);
        CoordinatorState before = _current.Value;

        Assert.Equal(2UL, await RaiseAsync(1));

        Assert.Same(before, _current.Value);
    }

    [Fact]
    public async Task ChangeCounters_InOneGroupWithAnotherChange_AreDurableBeforeBothAreAnswered()
    {
        await CountAsync("web");
        await RaiseAsync(1);
        _store.Hold();
        Task<ulong> first = CountAsync("web");
        await _store.CommitStarted;
        Task<ulong> raised = RaiseAsync(2), counted = CountAsync("web");
        _store.Release();

        Assert.Equal((2UL, 1UL, 3UL), (await first, await raised, await counted));
        Assert.Equal((4, 2), (_store.Commits, _store.CommitsOfBlobs));
    }

    [Fact]
    public async Task ChangeCounters_CommitFails_KeepsTheValueOfBefore()
    {
        await CountAsync("web");
        await RaiseAsync(1);
        _store.FailNext(new StateStoreException("disk full"));

        await Assert.ThrowsAsync<StateStoreException>(() => RaiseAsync(2));

        Assert.Equal(1UL, await RaiseAsync(3));
        Assert.Equal(3UL, await RaiseAsync(0));
    }

    [Fact]
    public async Task Change_SealingKeyUnavailable_FailsLikeAStoreThatFailsAndTheNextOneWorks()
    {
        CoordinatorState before = _current.Value;
        _key.FailNext(new SealedStateException("no key"));

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(() => CountAsync("web"));

        Assert.IsType<SealedStateException>(failure.InnerException);
        Assert.False(failure.IsOutcomeUnknown);
        Assert.Same(before, _current.Value);
        Assert.Equal(1UL, await CountAsync("web"));
    }

    [Fact]
    public async Task Change_AfterTheEnd_IsRefused()
    {
        _writer.Complete();
        await _running;

        await Assert.ThrowsAsync<StateStoreException>(() => CountAsync("web"));
    }

    private Task<ulong> RaiseAsync(ulong value) =>
        _writer.ChangeCountersAsync(
            state =>
            {
                CounterSet raised = state.Counters.Raise("n", value);
                CoordinatorState next = ReferenceEquals(raised, state.Counters)
                    ? state
                    : state.Recorded(new AuditHead((long)value, new string('0', 64))) with { Counters = raised };
                return (next, state.Counters.Values.GetValueOrDefault("n"));
            },
            Cancellation);

    private Task<ulong> CountAsync(string name) =>
        _writer.ChangeAsync(
            state =>
            {
                ulong count = state.Activations.GetValueOrDefault(name) + 1;
                return (state with { Activations = state.Activations.SetItem(name, count) }, count);
            },
            Cancellation);

    private sealed class HeldStore : IStateStore
    {
        private TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private StateStoreException? _failure;

        public HeldStore()
        {
            _gate.SetResult();
        }

        public bool IsShared => false;

        public Task CommitStarted => _started.Task;

        public int Commits { get; private set; }

        public int CommitsOfBlobs { get; private set; }

        public void Hold() => (_started, _gate) = (
            new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Release() => _gate.TrySetResult();

        public void FailNext(StateStoreException failure) => _failure = failure;

        public ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult<StoredState?>(null);

        public ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<StateVersion?> WatchAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public async ValueTask<StateVersion> CommitAsync(
            StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
        {
            _started.TrySetResult();
            await _gate.Task;
            Commits++;
            ThrowIfToFail();
            return new StateVersion($"{Commits}");
        }

        private void ThrowIfToFail()
        {
            if (Interlocked.Exchange(ref _failure, null) is { } failure)
            {
                throw failure;
            }
        }

        public ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken) =>
            ValueTask.FromResult<StoredBlob?>(null);

        public ValueTask<StateVersion> CommitBlobAsync(
            string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken)
        {
            CommitsOfBlobs++;
            ThrowIfToFail();
            return ValueTask.FromResult(new StateVersion($"{CommitsOfBlobs}"));
        }

        public ValueTask<string> ArchiveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask RemoveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class ZeroKey : ISealingKeyProvider
    {
        private SealedStateException? _failure;

        public string Mode => "test";

        public void FailNext(SealedStateException failure) => _failure = failure;

        public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) =>
            Interlocked.Exchange(ref _failure, null) is { } failure
                ? throw failure
                : ValueTask.FromResult(new SealingKey(new byte[SealingKey.Size]));
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public bool Stopped { get; private set; }

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => Stopped = true;
    }
}
