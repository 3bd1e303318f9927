using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Activation;

/// <summary>
/// The TLS handshake of one activation call: shows the self-signed certificate, and remembers the one that the server showed.
/// </summary>
internal sealed class CoordinatorHandshake(X509Certificate2 clientCertificate)
{
    private byte[]? _serverCertificate;

    /// <summary>The certificate that the server showed, DER; null before the handshake.</summary>
    public byte[]? ServerCertificate => Volatile.Read(ref _serverCertificate);

    public SslClientAuthenticationOptions CreateOptions() => new()
    {
        ClientCertificateContext = SslStreamCertificateContext.Create(clientCertificate, additionalCertificates: null, offline: true),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateValidationCallback = RememberCoordinator,

        // Without a policy the platform would look for issuers in its own stores and on the network first.
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        },
    };

    /// <summary>
    /// Lets any server with a certificate answer, and remembers which certificate it was.
    /// </summary>
    /// <remarks>
    /// A Marble that starts knows no root to verify the Coordinator with: the root is what the Coordinator is about to give it. Trust flows one
    /// way, the Coordinator verifies the Marble; whoever verifies the Coordinator's quote from outside sees which Marbles it made. What can be
    /// checked is checked after the reply: the server must have shown the very Marble root that its reply names
    /// (<see cref="ActivationReply"/>), so that a relay cannot pass on another Coordinator's reply as its own.
    /// </remarks>
    private bool RememberCoordinator(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Volatile.Write(ref _serverCertificate, certificate?.GetRawCertData());
        return certificate is not null;
    }
}
