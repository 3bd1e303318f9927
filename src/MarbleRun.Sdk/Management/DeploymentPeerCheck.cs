using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.Tls;

namespace MarbleRun.Management;

/// <summary>Checks Marbles that are called from outside the mesh, under the trust of the deployment that is verified now.</summary>
internal sealed class DeploymentPeerCheck(DeploymentFollower deployment, MarblePeerPolicy policy, TimeProvider timeProvider)
{
    /// <exception cref="AuthenticationException">The server is not accepted; the message has the reason.</exception>
    public bool ValidateServer(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        VerifiedDeployment current = deployment.Current;
        string? reason = "it shows no certificate";
        if (certificate is not X509Certificate2 leaf)
        {
            throw Refuse(reason);
        }

        if (!TryVerify(current, leaf, out MarblePeer? peer, out reason))
        {
            // There is no log here; HttpClient wraps this exception in its own and passes it to the caller.
            throw current.IsOfRoot(leaf, chain, timeProvider.GetUtcNow())
                ? new UnknownAuthorityException(current, Message(reason))
                : Refuse(reason);
        }

        return PeerVerifier.IsAllowed(leaf, peer, policy, (sender as SslStream)?.TargetHostName ?? string.Empty, out reason)
            ? true
            : throw Refuse(reason);
    }

    private bool TryVerify(
        VerifiedDeployment current,
        X509Certificate2 leaf,
        [NotNullWhen(true)] out MarblePeer? peer,
        [NotNullWhen(false)] out string? reason)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (current.Trust is { } trust)
        {
            bool isTrusted = trust.TryVerify(leaf, CertificateRole.Server, now, verified: null, out VerifiedPeer? verified, out reason);
            peer = verified?.Peer;
            return isTrusted && peer is not null;
        }

        peer = null;
        return CertificateChain.TryVerify(leaf, current.Intermediate, current.Root, CertificateRole.Server, now, out reason)
            && MarblePeer.TryRead(leaf, out peer, out reason);
    }

    private static AuthenticationException Refuse(string reason) => new(Message(reason));

    private static string Message(string reason) => $"The server is not accepted as a Marble of the verified deployment: {reason}.";
}

/// <summary>The certificate is of the deployment's root, but its authority is not known: the deployment may have changed.</summary>
internal sealed class UnknownAuthorityException(VerifiedDeployment known, string message) : AuthenticationException(message)
{
    /// <summary>The deployment that the server was compared with.</summary>
    public VerifiedDeployment Known => known;
}
