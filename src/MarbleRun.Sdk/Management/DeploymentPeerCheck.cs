using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.Tls;

namespace MarbleRun.Management;

/// <summary>Checks Marbles that are called from outside the mesh: root, one intermediate, leaf.</summary>
internal sealed class DeploymentPeerCheck(VerifiedCoordinator coordinator, MarblePeerPolicy policy, TimeProvider timeProvider)
{
    // A Marble sends one intermediate; checking more of them only costs time.
    private const int MostIntermediates = 4;

    /// <exception cref="AuthenticationException">The server is not accepted; the message has the reason.</exception>
    public bool ValidateServer(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string? reason = "it shows no certificate";
        bool accepted = certificate is X509Certificate2 leaf
            && TryVerify(leaf, chain, out reason)
            && MarblePeer.TryRead(leaf, out MarblePeer? peer, out reason)
            && PeerVerifier.IsAllowed(leaf, peer, policy, (sender as SslStream)?.TargetHostName ?? string.Empty, out reason);

        // There is no log here; HttpClient wraps this exception in its own and passes it to the caller.
        return accepted
            ? true
            : throw new AuthenticationException($"The server is not accepted as a Marble of the verified deployment: {reason}.");
    }

    private bool TryVerify(X509Certificate2 leaf, X509Chain? chain, out string? reason)
    {
        // The known intermediate first. An update of the manifest creates a new one, which the Marbles send then.
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (CertificateChain.TryVerify(leaf, coordinator.Intermediate, coordinator.Root, CertificateRole.Server, now, out reason))
        {
            return true;
        }

        // A self-issued certificate would be another root.
        IEnumerable<X509Certificate2> sent = chain?.ChainPolicy.ExtraStore.Where(c => c.Subject != c.Issuer).Take(MostIntermediates) ?? [];
        return sent.Any(
            intermediate => CertificateChain.TryVerify(leaf, intermediate, coordinator.Root, CertificateRole.Server, now, out _));
    }
}
