using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>
/// Whether the locked state needs a recovery: not while another Coordinator works with it, from which this one can get the keys.
/// </summary>
internal sealed class RecoveryNeed(StateRepository repository, IReadyPeers peers)
{
    /// <summary>Why there must be neither a recovery nor a new mesh now, for the caller; null if there may be.</summary>
    public async ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        // The header is not proved before the state opens. A false one makes this Coordinator ask for a deployment that no peer proves.
        if (repository is not { IsShared: true, Locked: { } locked }
            || StateSealer.ReadClear(locked.Blob, locked.Mode).Deployment is not { IsEmpty: false } deployment
            || await peers.FindAsync(deployment, cancellationToken) is not { } address)
        {
            return null;
        }

        return $"the Coordinator at {address} has the state of this deployment and is ready, so nothing is to be recovered. Let this "
            + "Coordinator get the keys from it: open its peer port to this one, and list the measurement of this one under Coordinators "
            + "in the manifest if it is other code. If that Coordinator is not to be used any more, stop it first";
    }
}
