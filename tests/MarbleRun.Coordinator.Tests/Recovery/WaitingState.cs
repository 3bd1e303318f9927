using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>A sealed state in a Coordinator that waits for its key. It opens for the right key alone.</summary>
internal sealed class WaitingState(byte[] blob) : IRecoverableState
{
    /// <summary>How often somebody tried to open it.</summary>
    public int Openings { get; private set; }

    /// <summary>The manifest, as soon as it is the Coordinator's own.</summary>
    public Manifest? Adopted { get; private set; }

    /// <summary>Thrown once instead of adopting.</summary>
    public Exception? Trouble { get; set; }

    public Task<Manifest> OpenAsync(SealingKey key, CancellationToken cancellationToken)
    {
        Openings++;
        return Task.FromResult(ManifestParser.Parse(StateSealer.Open(blob, "test", key)));
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
