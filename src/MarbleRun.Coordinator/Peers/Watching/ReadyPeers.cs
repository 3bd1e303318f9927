using MarbleRun.Coordinator.Recovery;

namespace MarbleRun.Coordinator.Peers.Watching;

/// <summary>Finds a peer that needs no recovery; what is not proved counts for nothing.</summary>
internal sealed class ReadyPeers(PeerProbe probe) : IReadyPeers
{
    public async ValueTask<string?> FindAsync(ReadOnlyMemory<byte> rootHash, CancellationToken cancellationToken) => probe.HasPeers
        ? (await probe.AskAllAsync(rootHash, cancellationToken)).FirstOrDefault(s => s.Verified is not null)?.Address
        : null;
}
