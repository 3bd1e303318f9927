using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Peers.Watching;

/// <summary>
/// Compares the state in use with what peers answer from. A store that has no generation which a peer proved was rolled back, or is an old
/// copy.
/// </summary>
internal sealed class PeerGenerations(
    StateRepository repository,
    CurrentState current,
    StateFreshness freshness,
    GenerationFloor floor,
    PeerProbe probe)
{
    /// <summary>Before the ports open: asks all peers once.</summary>
    /// <exception cref="SealedStateException">The newest state in the store is older than that of a peer.</exception>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    public async Task RequireNewestAsync(CancellationToken cancellationToken)
    {
        CoordinatorState state = current.Value;
        if (!repository.IsShared || !probe.HasPeers || state.InRecovery)
        {
            return;
        }

        IReadOnlyList<PeerSighting> sightings = await probe.AskAllAsync(state.Authority.RootHash, cancellationToken);
        if (FindNewer(sightings) is { } newer)
        {
            // It may have changed the state in the meantime.
            await freshness.RequireAsync(newer, cancellationToken);
        }
    }

    /// <summary>Looks at the store if a peer answers from a newer state; if it is not there, requests are refused until it is.</summary>
    public Task CompareAsync(IReadOnlyList<PeerSighting> sightings)
    {
        if (current.Value.InRecovery || FindNewer(sightings) is not { } newer)
        {
            return Task.CompletedTask;
        }

        floor.Raise(newer);
        return freshness.RefreshAsync();
    }

    private AnnouncedGeneration? FindNewer(IReadOnlyList<PeerSighting> sightings) => sightings
        .Where(s => s.Verified is { } peer && peer.Generation > current.Value.Generation)
        .OrderByDescending(s => s.Verified!.Generation)
        .Select(s => new AnnouncedGeneration(s.Verified!.Generation, s.Address))
        .FirstOrDefault();
}
