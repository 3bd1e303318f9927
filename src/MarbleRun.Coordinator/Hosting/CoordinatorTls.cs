using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>How the two ports shake hands. The certificate is taken from the current state at every handshake.</summary>
internal sealed class CoordinatorTls(CurrentState current)
{
    private static readonly CipherSuitesPolicy? s_cipherSuites = CreateCipherSuites();

    /// <summary>The mesh port: serves the Marble root alone and demands a client certificate.</summary>
    public SslServerAuthenticationOptions ForMesh() => Create(current.Value.Authority.MarbleRootContext, DemandKeyHolder);

    /// <summary>The client port: serves the root alone, and asks for a client certificate without demanding one.</summary>
    public SslServerAuthenticationOptions ForClients() => Create(current.Value.Authority.RootContext, AcceptWithOrWithoutKey);

    private static SslServerAuthenticationOptions Create(SslStreamCertificateContext certificate, RemoteCertificateValidationCallback checkClient) => new()
    {
        ServerCertificateContext = certificate,
        ClientCertificateRequired = true,
        CertificateChainPolicy = CreateInertPolicy(),
        RemoteCertificateValidationCallback = checkClient,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = s_cipherSuites,
        AllowRenegotiation = false,

        // A resumed session would carry a certificate whose key nobody proved to hold in this connection.
        AllowTlsResume = false,
    };

    /// <summary>
    /// A Marble that activates has no certificate of this mesh yet: it comes with one that it just signed itself. The handshake proves
    /// that it holds the key; the quote over exactly this certificate, checked by activation, proves which code holds it. So no chain,
    /// name or date is looked at here, but no certificate at all is refused.
    /// </summary>
    private static bool DemandKeyHolder(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null;

    /// <summary>
    /// Users are known by the exact bytes of their certificate, which the endpoint compares after the handshake proved that the caller
    /// holds its key. Most callers have none and need none: what they may do without one is the endpoint's decision.
    /// </summary>
    private static bool AcceptWithOrWithoutKey(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is null ? errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) : true;

    /// <summary>
    /// Without a policy the platform builds a chain before it asks the callback, and for that fetches whatever address a stranger's
    /// certificate names as its issuer's: requests from inside the network, and handshakes that take as long as the stranger likes.
    /// </summary>
    private static X509ChainPolicy CreateInertPolicy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>The suites of MarbleRun 1.9, which runs in FIPS mode; elsewhere than on Linux the system's policy stands.</summary>
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
