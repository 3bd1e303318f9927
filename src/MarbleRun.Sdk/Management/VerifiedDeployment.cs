using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Manifests;
using MarbleRun.Tls;

namespace MarbleRun.Management;

/// <summary>
/// A deployment that was verified: a genuine Coordinator, its manifest, and through its root every Marble that it activated.
/// </summary>
public sealed class VerifiedDeployment
{
    private readonly TimeProvider _timeProvider;

    internal VerifiedDeployment(VerifiedCoordinator coordinator, SignedManifest signedManifest, Manifest manifest, TimeProvider timeProvider)
    {
        Coordinator = coordinator;
        SignedManifest = signedManifest;
        Manifest = manifest;
        _timeProvider = timeProvider;
    }

    /// <summary>The Coordinator, for a <see cref="CoordinatorClient"/>.</summary>
    public VerifiedCoordinator Coordinator { get; }

    /// <summary>The manifest, read: which packages may be which Marbles.</summary>
    public Manifest Manifest { get; }

    /// <summary>The manifest's bytes, fingerprint and signature.</summary>
    public SignedManifest SignedManifest { get; }

    /// <summary>The root certificate, which the quote vouches for.</summary>
    public X509Certificate2 Root => Coordinator.Root;

    /// <summary>The intermediate certificate, issued by the root.</summary>
    public X509Certificate2 Intermediate => Coordinator.Intermediate;

    /// <summary>The verdict about the Coordinator's quote: accepted, with the claims.</summary>
    public Verdict Verdict => Coordinator.Verdict;

    /// <summary>SHA-256 of the manifest, lower-case hex.</summary>
    public string Fingerprint => SignedManifest.Fingerprint;

    /// <summary>
    /// A client that calls Marbles of this deployment and nobody else. Their certificate must lead over an intermediate to <see cref="Root"/> and name
    /// a Marble; the host name must be in it. The client shows no certificate, so that the Marble must let strangers in.
    /// </summary>
    public HttpClient CreateHttpClient() => CreateHttpClient(MarblePeerPolicy.AnyMarble);

    /// <summary>As <see cref="CreateHttpClient()"/>, with a choice of Marbles.</summary>
    /// <param name="peerPolicy">Which Marbles may answer; one that <see cref="MarblePeerPolicy.IdentifiesPeer"/> takes the place of the host name.</param>
    public HttpClient CreateHttpClient(MarblePeerPolicy peerPolicy) => new(CreateHandler(peerPolicy));

    /// <summary>The handler of <see cref="CreateHttpClient(MarblePeerPolicy)"/>, for instance for a gRPC channel.</summary>
    /// <param name="peerPolicy">Which Marbles may answer.</param>
    public HttpMessageHandler CreateHandler(MarblePeerPolicy peerPolicy)
    {
        ArgumentNullException.ThrowIfNull(peerPolicy);
        return new TlsOnlyHandler(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = MarbleTls.LongestConnection,
            SslOptions =
            {
                EnabledSslProtocols = MarbleTls.Protocols,
                CertificateChainPolicy = MarbleTls.CreateInertPolicy(),
                RemoteCertificateValidationCallback = new DeploymentPeerCheck(Coordinator, peerPolicy, _timeProvider).ValidateServer,
            },
        });
    }
}
