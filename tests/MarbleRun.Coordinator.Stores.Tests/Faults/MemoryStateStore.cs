using System.Globalization;
using System.Runtime.CompilerServices;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>A correct shared store in the memory of this process: the connection of one replica to it.</summary>
internal class MemoryStateStore(MemoryStoreContent content) : IStateStore
{
    public bool IsShared => true;

    protected MemoryStoreContent Content => content;

    public virtual ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(content.State);

    public virtual ValueTask<StateVersion> CommitAsync(
        StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken) =>
        ValueTask.FromResult(content.Commit(blobs, expectedVersion));

    public virtual ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(content.State?.Version);

    public virtual async IAsyncEnumerable<StateVersion?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = content.Changed;
            yield return content.State?.Version;
            await changed.WaitAsync(cancellationToken);
        }
    }

    public ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult(content.FindBlob(name));

    public ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken) =>
        ValueTask.FromResult(content.CommitBlob(name, blob, expectedVersion));

    public ValueTask<string> ArchiveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask RemoveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>What all replicas share.</summary>
internal sealed class MemoryStoreContent
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoredBlob> _blobs = [];
    private readonly List<StoredState> _history = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version;

    /// <summary>Whether sabotaged stores do wrong: not before the replicas have started and the first values are set.</summary>
    public bool IsSabotaged { get; set; }

    /// <summary>The newest state; null before the first commit.</summary>
    public StoredState? State => Behind(0);

    /// <summary>Completes with the next commit.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>The state before so many commits, or the first one.</summary>
    public StoredState? Behind(int commits)
    {
        lock (_lock)
        {
            return _history.Count == 0 ? null : _history[Math.Max(0, _history.Count - 1 - commits)];
        }
    }

    /// <exception cref="StateStoreException">The version is not the expected one.</exception>
    public StateVersion Commit(StateBlobs blobs, StateVersion? expectedVersion, bool isChecked = true)
    {
        TaskCompletionSource changed;
        StoredState stored;
        lock (_lock)
        {
            StateVersion? found = _history.Count == 0 ? null : _history[^1].Version;
            if (isChecked && found != expectedVersion)
            {
                throw Conflict();
            }

            stored = new StoredState(blobs, Next());
            _history.Add(stored);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.TrySetResult();
        return stored.Version;
    }

    public StoredBlob? FindBlob(string name)
    {
        lock (_lock)
        {
            return _blobs.GetValueOrDefault(name);
        }
    }

    /// <exception cref="StateStoreException">The version is not the expected one.</exception>
    public StateVersion CommitBlob(string name, ReadOnlyMemory<byte> bytes, StateVersion? expectedVersion)
    {
        lock (_lock)
        {
            if (_blobs.GetValueOrDefault(name)?.Version != expectedVersion)
            {
                throw Conflict();
            }

            var blob = new StoredBlob(bytes.ToArray(), Next());
            _blobs[name] = blob;
            return blob.Version;
        }
    }

    /// <summary>A version that no commit ever gets.</summary>
    public StateVersion Next() => new((++_version).ToString(CultureInfo.InvariantCulture));

    private static StateStoreException Conflict() => new("The version is not the expected one.") { IsConflict = true };
}
