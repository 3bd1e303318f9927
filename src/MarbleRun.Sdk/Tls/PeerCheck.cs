using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tls;

/// <summary>
/// Checks peers as the callback of a TLS handshake, full or resumed: one generation of the identity, under the trust of that moment.
/// </summary>
internal sealed partial class PeerCheck(
    MarbleIdentity identity, MarblePeerPolicy policy, TimeProvider timeProvider, ILogger logger, IPeerObserver? owner = null)
{
    /// <summary>For a server: checks its client.</summary>
    public bool ValidateClient(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        FindFault(sender, certificate, CertificateRole.Client, hostName: null) is null;

    /// <summary>For a client: checks the server, whose name comes from the stream.</summary>
    /// <exception cref="PeerRefusedException">The peer is refused. Only this exception carries the reason to the caller.</exception>
    public bool ValidateServer(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        FindFault(sender, certificate, CertificateRole.Server, (sender as SslStream)?.TargetHostName ?? string.Empty) is { } reason
            ? throw new PeerRefusedException(reason)
            : true;

    private string? FindFault(object sender, X509Certificate? certificate, CertificateRole role, string? hostName)
    {
        // SslStream passes the certificate as the type that it creates; an object of another type did not come from a peer.
        string? reason = "no certificate was shown";
        if (certificate is X509Certificate2 leaf
            && identity.TryVerifyPeer(leaf, role, timeProvider.GetUtcNow(), out VerifiedPeer? peer, out reason)
            && PeerVerifier.IsAllowed(leaf, peer.Peer, policy, hostName, out reason))
        {
            owner?.Accepted(identity.Trust.EndOf(peer));
            identity.Trust.Connections.Add(new StreamConnection(sender, owner, logger), peer, timeProvider);
            return null;
        }

        Log.PeerRefused(logger, role, reason);
        return reason;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.PeerRefused, LogLevel.Warning, "Refused the TLS {Role}: {Reason}.", EventName = "PeerRefused")]
        public static partial void PeerRefused(ILogger logger, CertificateRole role, string reason);
    }
}

/// <summary>
/// The server is not a Marble that may answer. Without it, the platform reports only that a callback rejected the certificate.
/// </summary>
internal sealed class PeerRefusedException(string reason) : AuthenticationException($"The TLS server was refused: {reason}.")
{
    public string Reason { get; } = reason;
}
