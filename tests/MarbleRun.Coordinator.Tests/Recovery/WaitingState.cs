using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>A sealed state in a Coordinator that waits for its key. It opens for the right key alone.</summary>
internal sealed class WaitingState(byte[] blob) : IRecoverableState
{
    /// <summary>How often somebody tried to open it.</summary>
    public int Openings { get; private set; }

    /// <summary>The parties, as soon as the state is the Coordinator's own.</summary>
    public RecoveryKeySet? Adopted { get; private set; }

    /// <summary>Thrown once instead of adopting.</summary>
    public Exception? Trouble { get; set; }

    public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

    public Task<RecoveryKeySet> OpenAsync(SealingKey key, CancellationToken cancellationToken)
    {
        Openings++;
        return Task.FromResult(RecoveryKeySet.From(ManifestChecker.Check(StateSealer.Open(blob, "test", key))));
    }

    public async Task AdoptAsync(SealingKey key)
    {
        if (Trouble is { } trouble)
        {
            Trouble = null;
            throw trouble;
        }

        Adopted = await OpenAsync(key, CancellationToken.None);
    }
}
