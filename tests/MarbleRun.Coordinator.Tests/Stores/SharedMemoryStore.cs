using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Tests.Stores;

/// <summary>
/// A store that several Coordinators of one process share. A test can read, replace and remove what is in it, as its operator could.
/// </summary>
internal sealed class SharedMemoryStore : IStateStore
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _watchers = [];
    private int _number;
    private StoredState? _state;

    public bool IsShared => true;

    /// <summary>The blobs beside the state.</summary>
    public ConcurrentDictionary<string, StoredBlob> Blobs { get; } = new(StringComparer.Ordinal);

    /// <summary>Called before a blob is committed; a test may change the store there, or throw.</summary>
    public Action<string>? BeforeBlob { get; set; }

    /// <summary>Called before the state is committed.</summary>
    public Action? BeforeState { get; set; }

    /// <summary>Called after the state was committed, before the caller knows it.</summary>
    public Action? AfterState { get; set; }

    public StoredState? State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>What the operator of the store puts there.</summary>
    public void Put(StateBlobs? blobs)
    {
        lock (_lock)
        {
            _state = blobs is null ? null : new StoredState(blobs, Next());
        }
    }

    public void PutBlob(string name, ReadOnlyMemory<byte> blob) => Blobs[name] = new StoredBlob(blob, Next());

    public ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(State);

    public ValueTask<StateVersion> CommitAsync(StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        BeforeState?.Invoke();
        TaskCompletionSource[] watchers;
        StateVersion version;
        lock (_lock)
        {
            if (_state?.Version != expectedVersion)
            {
                throw Conflict();
            }

            version = Next();
            _state = new StoredState(blobs, version);
            watchers = [.. _watchers];
            _watchers.Clear();
        }

        Array.ForEach(watchers, w => w.TrySetResult());
        AfterState?.Invoke();
        return ValueTask.FromResult(version);
    }

    public ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) => ValueTask.FromResult(State?.Version);

    public async IAsyncEnumerable<StateVersion?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                _watchers.Add(changed);
            }

            yield return State?.Version;
            await changed.Task.WaitAsync(cancellationToken);
        }
    }

    public ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Blobs.GetValueOrDefault(name));

    public ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        BeforeBlob?.Invoke(name);
        lock (_lock)
        {
            if (Blobs.GetValueOrDefault(name)?.Version != expectedVersion)
            {
                throw Conflict();
            }

            var stored = new StoredBlob(blob.ToArray(), Next());
            Blobs[name] = stored;
            return ValueTask.FromResult(stored.Version);
        }
    }

    public ValueTask<string> ArchiveAsync(CancellationToken cancellationToken)
    {
        Clear();
        return ValueTask.FromResult("memory");
    }

    public ValueTask RemoveAsync(CancellationToken cancellationToken)
    {
        Clear();
        return ValueTask.CompletedTask;
    }

    private static StateStoreException Conflict() => new("Another version is in the store.") { IsConflict = true };

    private void Clear()
    {
        lock (_lock)
        {
            _state = null;
            Blobs.Clear();
        }
    }

    private StateVersion Next() => new($"{Interlocked.Increment(ref _number)}");
}
