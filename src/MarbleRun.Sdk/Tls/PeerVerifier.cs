using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;

namespace MarbleRun.Tls;

/// <summary>Decides whether a peer whose certificate verified may be on the other side of a connection.</summary>
internal static class PeerVerifier
{
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
