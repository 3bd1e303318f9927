namespace MarbleRun.Identity;

/// <summary>A peer whose certificate verified: what is needed to check it again under another trust, without its certificate.</summary>
/// <param name="Peer">The names in the certificate.</param>
/// <param name="Certificate">SHA-256 of the certificate (DER), lower-case hex.</param>
/// <param name="NotAfter">The end of the certificate.</param>
/// <param name="Issuer">The key of the authority that issued it: <see cref="MeshAnchor.KeyId"/>.</param>
internal sealed record VerifiedPeer(MarblePeer Peer, string Certificate, DateTimeOffset NotAfter, string Issuer);
