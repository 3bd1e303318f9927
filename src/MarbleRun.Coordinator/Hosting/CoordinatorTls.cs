using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The TLS options of the two ports. Every handshake uses the certificate of the current state.</summary>
internal sealed class CoordinatorTls(CurrentState current)
{
    private static readonly CipherSuitesPolicy? s_cipherSuites = CreateCipherSuites();

    /// <summary>The mesh port: serves only the Marble root and requires a client certificate.</summary>
    public SslServerAuthenticationOptions ForMesh() => Create(current.Value.Authority.MarbleRootContext, RequireKeyHolder);

    /// <summary>The client port: serves only the root, and requests a client certificate without requiring one.</summary>
    public SslServerAuthenticationOptions ForClients() => Create(current.Value.Authority.RootContext, AcceptWithOrWithoutKey);

    private static SslServerAuthenticationOptions Create(
        SslStreamCertificateContext certificate, RemoteCertificateValidationCallback checkClient) =>
        new()
        {
            ServerCertificateContext = certificate,
            ClientCertificateRequired = true,
            CertificateChainPolicy = InertChainPolicy.Create(),
            RemoteCertificateValidationCallback = checkClient,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = s_cipherSuites,
            AllowRenegotiation = false,

            // A resumed session would have a certificate whose key was not proved in this connection.
            AllowTlsResume = false,
        };

    /// <summary>
    /// A Marble that activates has no certificate of this mesh yet: it uses a self-signed one. The handshake proves that it has the key;
    /// the quote over exactly this certificate, which the activation checks, proves which code has it. So no chain, name or date is checked
    /// here, but a connection without a certificate is refused.
    /// </summary>
    private static bool RequireKeyHolder(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null;

    /// <summary>
    /// The exact bytes of a certificate identify a user. The endpoint compares them after the handshake proved that the caller has the key.
    /// Most callers have no certificate and need none: the endpoint decides what they may do without one.
    /// </summary>
    private static bool AcceptWithOrWithoutKey(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is null ? errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) : true;

    /// <summary>The suites of MarbleRun 1.9, which runs in FIPS mode; on systems other than Linux the system's policy applies.</summary>
    private static CipherSuitesPolicy? CreateCipherSuites() =>
        OperatingSystem.IsLinux() ? CreateLinuxCipherSuites() : null;

    [SupportedOSPlatform("linux")]
    private static CipherSuitesPolicy CreateLinuxCipherSuites() => new(
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ]);
}
