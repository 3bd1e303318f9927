using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// The TLS handshake of one call to the mesh port: shows the Marble's certificate, which is a self-signed one before the activation, and
/// records the certificate that the server showed.
/// </summary>
internal sealed class CoordinatorHandshake(SslStreamCertificateContext own)
{
    private byte[]? _serverCertificate;

    /// <summary>The certificate that the server showed, DER; null before the handshake.</summary>
    public byte[]? ServerCertificate => Volatile.Read(ref _serverCertificate);

    public SslClientAuthenticationOptions CreateOptions() => new()
    {
        ClientCertificateContext = own,
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
    /// cref="RootCheck"/>). At a renewal the root is the one that the Marble knows since its activation.
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
