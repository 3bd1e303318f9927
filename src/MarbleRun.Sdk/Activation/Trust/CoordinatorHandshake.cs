using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// The TLS handshake of one activation call: shows the self-signed certificate, and records the certificate that the server showed.
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
        CertificateChainPolicy = InertChainPolicy.Create(),
    };

    /// <summary>
    /// Accepts the first server with a certificate, records the certificate, and accepts only that certificate from then on.
    /// </summary>
    /// <remarks>
    /// No public authority vouches for a Coordinator: its mesh port shows a self-signed certificate. Its answers prove its identity, and
    /// nothing is applied before they are compared with <see cref="MarbleOptions.CoordinatorTrust"/>: the server must have shown the Marble
    /// root that its reply names, and the trusted root must have certified the same key (<see cref="ActivationReply"/>, <see
    /// cref="RootCheck"/>).
    /// </remarks>
    private bool RememberCoordinator(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return false;
        }

        byte[] shown = certificate.GetRawCertData();
        byte[] expected = Interlocked.CompareExchange(ref _serverCertificate, shown, null) ?? shown;
        return expected.AsSpan().SequenceEqual(shown);
    }
}
