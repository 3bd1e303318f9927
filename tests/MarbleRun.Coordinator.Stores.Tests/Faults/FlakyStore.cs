using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>
/// A correct store over a bad network: calls take their time, fail, or lose their answers. A commit without an answer was made, was not
/// made, or arrives later, when it may still fit.
/// </summary>
internal sealed class FlakyStore(MemoryStoreContent content, Random random) : MemoryStateStore(content)
{
    private const int MaxDelay = 30;
    private const int MaxLateness = 300;

    private readonly Lock _lock = new();

    /// <summary>Whether the network is bad; at the start it is good.</summary>
    public bool IsBad { get; set; }

    public override async ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken)
    {
        await TravelAsync(cancellationToken);
        StoredState? state = await base.LoadAsync(cancellationToken);
        await TravelAsync(cancellationToken);
        return state;
    }

    public override async ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken)
    {
        await TravelAsync(cancellationToken);
        StateVersion? version = await base.ReadVersionAsync(cancellationToken);
        await TravelAsync(cancellationToken);
        return version;
    }

    public override async ValueTask<StateVersion> CommitAsync(
        StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        await TravelAsync(cancellationToken);
        switch (IsBad ? Next(30) : int.MaxValue)
        {
            case 0:
                throw Unknown();
            case 1:
                _ = ArriveLateAsync(blobs, expectedVersion);
                throw Unknown();
            case 2:
                await base.CommitAsync(blobs, expectedVersion, cancellationToken);
                throw Unknown();
            default:
                StateVersion version = await base.CommitAsync(blobs, expectedVersion, cancellationToken);
                await Task.Delay(Next(MaxDelay), CancellationToken.None);
                return version;
        }
    }

    private static StateStoreException Unknown() => new("The answer was lost.") { IsOutcomeUnknown = true };

    private async Task ArriveLateAsync(StateBlobs blobs, StateVersion? expectedVersion)
    {
        await Task.Delay(Next(MaxLateness), CancellationToken.None);
        try
        {
            Content.Commit(blobs, expectedVersion);
        }
        catch (StateStoreException exception) when (exception.IsConflict)
        {
            // Too late.
        }
    }

    private async Task TravelAsync(CancellationToken cancellationToken)
    {
        if (!IsBad)
        {
            return;
        }

        await Task.Delay(Next(MaxDelay), cancellationToken);
        if (Next(60) == 0)
        {
            throw new StateStoreException("The server does not answer.");
        }
    }

    private int Next(int limit)
    {
        lock (_lock)
        {
            return random.Next(limit);
        }
    }
}
