using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Reads as from a standby that is behind: state and version of a while ago.</summary>
internal sealed class StaleStore(MemoryStoreContent content) : MemoryStateStore(content)
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private StoredState? _shown;
    private long _since;

    public override ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Shown());

    public override ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(Shown()?.Version);

    /// <summary>Its own commits are shown at once; those of others after the delay.</summary>
    public override async ValueTask<StateVersion> CommitAsync(
        StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        try
        {
            return await base.CommitAsync(blobs, expectedVersion, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                (_shown, _since) = (Content.State, Environment.TickCount64);
            }
        }
    }

    private StoredState? Shown()
    {
        lock (_lock)
        {
            if (_shown is null || !Content.IsSabotaged || Environment.TickCount64 - _since > s_period.TotalMilliseconds)
            {
                (_shown, _since) = (Content.State, Environment.TickCount64);
            }

            return _shown;
        }
    }
}

/// <summary>Now and then replaces the newest state, whatever version its writer had read.</summary>
internal sealed class UncheckedStore(MemoryStoreContent content) : MemoryStateStore(content)
{
    private int _commits;

    public override ValueTask<StateVersion> CommitAsync(
        StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Content.Commit(
            blobs, expectedVersion, isChecked: !Content.IsSabotaged || Interlocked.Increment(ref _commits) < 10));
}

/// <summary>Now and then makes a commit, and answers that it was a conflict, so that its writer makes the change again.</summary>
internal sealed class RepeatingStore(MemoryStoreContent content) : MemoryStateStore(content)
{
    private int _commits;

    public override async ValueTask<StateVersion> CommitAsync(
        StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        StateVersion version = await base.CommitAsync(blobs, expectedVersion, cancellationToken);
        return !Content.IsSabotaged || Interlocked.Increment(ref _commits) % 5 != 0
            ? version
            : throw new StateStoreException("A conflict that was none.") { IsConflict = true };
    }
}

/// <summary>Now and then answers that it made a commit, and makes nothing.</summary>
internal sealed class LosingStore(MemoryStoreContent content) : MemoryStateStore(content)
{
    private int _commits;

    public override ValueTask<StateVersion> CommitAsync(
        StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken) =>
        Content.IsSabotaged && Interlocked.Increment(ref _commits) % 5 == 0
            ? ValueTask.FromResult(Content.Next())
            : base.CommitAsync(blobs, expectedVersion, cancellationToken);
}

/// <summary>Now and then puts the blob of a while ago back, under a new version.</summary>
internal sealed class RollingBackStore(MemoryStoreContent content) : MemoryStateStore(content)
{
    private int _commits;

    public override async ValueTask<StateVersion> CommitAsync(
        StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        StateVersion version = await base.CommitAsync(blobs, expectedVersion, cancellationToken);
        if (Content.IsSabotaged && Interlocked.Increment(ref _commits) % 10 == 0)
        {
            Content.Commit(Content.Behind(5)!.Blobs, null, isChecked: false);
        }

        return version;
    }
}
