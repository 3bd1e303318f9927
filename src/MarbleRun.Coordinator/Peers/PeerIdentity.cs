using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// The key of this process towards other Coordinators, with a certificate that only carries it. It is made at the start and never leaves
/// the process; evidence over it says which code has it.
/// </summary>
internal sealed class PeerIdentity : IDisposable
{
    private readonly X509Certificate2 _certificate;

    public PeerIdentity()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MarbleRun Coordinator peer", key, HashAlgorithmName.SHA256);

        // The dates are not read: clocks may differ, and the key ends with the process.
        _certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero));
        KeyHash = HashOf(_certificate);
        Context = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
    }

    /// <summary>SHA-256 of the key's SubjectPublicKeyInfo.</summary>
    public byte[] KeyHash { get; }

    public SslStreamCertificateContext Context { get; }

    public static byte[] HashOf(X509Certificate2 certificate) => SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>The peer port: TLS 1.3 alone, both sides with a key.</summary>
    public SslServerAuthenticationOptions ForServer() => new()
    {
        ServerCertificateContext = Context,
        ClientCertificateRequired = true,
        CertificateChainPolicy = InertChainPolicy.Create(),
        RemoteCertificateValidationCallback = RequireKeyHolder,
        EnabledSslProtocols = SslProtocols.Tls13,
        AllowRenegotiation = false,

        // A resumed session would have a certificate whose key was not proved in this connection.
        AllowTlsResume = false,
    };

    public void Dispose() => _certificate.Dispose();

    /// <summary>
    /// The handshake proves that the caller has the key; evidence over the key, which a call must bring, proves which code has it.
    /// </summary>
    private static bool RequireKeyHolder(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null;
}
