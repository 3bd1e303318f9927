using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;

namespace MarbleRun.Tls;

/// <summary>Checks the certificate of a peer, from its leaf to the policy. Other certificates that the peer sent are ignored.</summary>
internal static class PeerVerifier
{
    /// <summary>
    /// Verifies a peer inside the mesh: the leaf must be issued by exactly this Marble root, be valid now, be allowed for its side of the
    /// connection, and name a Marble.
    /// </summary>
    public static bool TryVerify(
        X509Certificate2 leaf,
        X509Certificate2 marbleRoot,
        CertificateRole role,
        DateTimeOffset now,
        [NotNullWhen(true)] out MarblePeer? peer,
        [NotNullWhen(false)] out string? reason)
    {
        peer = null;
        return CertificateChain.TryVerify(leaf, marbleRoot, role, now, out reason) && MarblePeer.TryRead(leaf, out peer, out reason);
    }

    /// <summary>Applies the policy and, on the client side, the rule about host names.</summary>
    /// <param name="leaf">The peer's certificate.</param>
    /// <param name="peer">The names in the certificate.</param>
    /// <param name="policy">The peers that are allowed.</param>
    /// <param name="hostName">The host that was called, or null on the server side.</param>
    /// <param name="reason">Why the peer is refused.</param>
    public static bool IsAllowed(
        X509Certificate2 leaf, MarblePeer peer, MarblePeerPolicy policy, string? hostName, [NotNullWhen(false)] out string? reason)
    {
        if (!policy.IsAllowed(peer))
        {
            reason = $"{peer} is not allowed here ({policy})";
            return false;
        }

        if (hostName is not null && !policy.IdentifiesPeer && !leaf.MatchesHostname(hostName, allowWildcards: true, allowCommonName: false))
        {
            reason = $"the certificate of {peer} does not name the host '{hostName}'; "
                + "add the name to the peer's EDG_MARBLE_DNS_NAMES, or name its type in the peer policy (MarblePeerPolicy.AllowTypes)";
            return false;
        }

        reason = null;
        return true;
    }
}
