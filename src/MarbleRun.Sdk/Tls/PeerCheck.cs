using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tls;

/// <summary>The rule for the peers of one generation of the identity, in the shape in which TLS asks.</summary>
internal sealed partial class PeerCheck(X509Certificate2 marbleRoot, MarblePeerPolicy policy, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>For a server: decides about its client.</summary>
    public bool ValidateClient(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        FindFault(certificate, CertificateRole.Client, hostName: null) is null;

    /// <summary>For a client: decides about the server, whose name it takes from the stream.</summary>
    /// <exception cref="PeerRefusedException">The reason reaches the caller in no other way.</exception>
    public bool ValidateServer(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        FindFault(certificate, CertificateRole.Server, (sender as SslStream)?.TargetHostName ?? string.Empty) is { } reason
            ? throw new PeerRefusedException(reason)
            : true;

    private string? FindFault(X509Certificate? certificate, CertificateRole role, string? hostName)
    {
        // SslStream hands out the certificate as the type it made; what it did not make is no peer's.
        string? reason = "no certificate was shown";
        if (certificate is X509Certificate2 leaf
            && PeerVerifier.TryVerify(leaf, marbleRoot, role, timeProvider.GetUtcNow(), out MarblePeer? peer, out reason)
            && PeerVerifier.IsAllowed(leaf, peer, policy, hostName, out reason))
        {
            return null;
        }

        Log.PeerRefused(logger, role, reason);
        return reason;
    }

    private static partial class Log
    {
        [LoggerMessage(120, LogLevel.Warning, "Refused the TLS {Role}: {Reason}.", EventName = "PeerRefused")]
        public static partial void PeerRefused(ILogger logger, CertificateRole role, string reason);
    }
}
