namespace MarbleRun.Identity;

/// <summary>Why a peer is not accepted. The kinds differ in what happens to its open connections.</summary>
internal enum PeerFault
{
    /// <summary>The peer is accepted.</summary>
    None = 0,

    /// <summary>Its certificate is not one of this mesh.</summary>
    Untrusted,

    /// <summary>Its certificate, or the overlap of the authority that issued it, has ended.</summary>
    Ended,

    /// <summary>A revocation fits it.</summary>
    Revoked,

    /// <summary>The revocations are not known for too long, and the policy of this Marble refuses every peer then.</summary>
    Stale,
}
