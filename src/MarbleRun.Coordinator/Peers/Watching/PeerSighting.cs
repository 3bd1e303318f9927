namespace MarbleRun.Coordinator.Peers.Watching;

/// <summary>What came of asking one peer for its status.</summary>
/// <param name="Address">The peer.</param>
/// <param name="Verified">What it proved to be; null if it proved nothing.</param>
/// <param name="ClockSkew">How far its clock is ahead of this one, in seconds, if it proved to be a peer.</param>
internal sealed record PeerSighting(string Address, PeerStatus? Verified, double ClockSkew = 0);
