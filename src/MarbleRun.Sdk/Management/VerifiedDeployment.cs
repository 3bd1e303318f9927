using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Manifests;
using MarbleRun.Tls;

namespace MarbleRun.Management;

/// <summary>
/// A verified deployment: a genuine Coordinator, its manifest, and through its root every Marble that it activated.
/// </summary>
public sealed class VerifiedDeployment
{
    private readonly TimeProvider _timeProvider;

    internal VerifiedDeployment(
        VerifiedCoordinator coordinator, SignedManifest signedManifest, Manifest manifest, TimeProvider timeProvider)
    {
        Coordinator = coordinator;
        SignedManifest = signedManifest;
        Manifest = manifest;
        _timeProvider = timeProvider;
    }

    /// <summary>The Coordinator, for a <see cref="CoordinatorClient"/>.</summary>
    public VerifiedCoordinator Coordinator { get; }

    /// <summary>The parsed manifest: it specifies which packages may be which Marbles.</summary>
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
    /// Creates a client that calls only Marbles of this deployment. Their certificate must chain through an intermediate to <see
    /// cref="Root"/> and name a Marble, and it must contain the host name. The client shows no certificate, so the Marble must admit
    /// unauthenticated callers.
    /// </summary>
    public HttpClient CreateHttpClient() => CreateHttpClient(MarblePeerPolicy.AnyMarble);

    /// <summary>As <see cref="CreateHttpClient()"/>, with a policy for the Marbles.</summary>
    /// <param name="peerPolicy">
    /// The Marbles that may answer; a policy with <see cref="MarblePeerPolicy.IdentifiesPeer"/> replaces the check of the host name.
    /// </param>
    public HttpClient CreateHttpClient(MarblePeerPolicy peerPolicy) => new(CreateHandler(peerPolicy));

    /// <summary>Creates the handler of <see cref="CreateHttpClient(MarblePeerPolicy)"/>, for instance for a gRPC channel.</summary>
    /// <param name="peerPolicy">The Marbles that may answer.</param>
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
                CertificateChainPolicy = InertChainPolicy.Create(),
                RemoteCertificateValidationCallback = new DeploymentPeerCheck(Coordinator, peerPolicy, _timeProvider).ValidateServer,
            },
        });
    }
}

/// <summary>Refuses requests without TLS.</summary>
internal sealed class TlsOnlyHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ThrowIfClear(request);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ThrowIfClear(request);
        return base.Send(request, cancellationToken);
    }

    private static void ThrowIfClear(HttpRequestMessage request)
    {
        if (request.RequestUri?.Scheme != Uri.UriSchemeHttps)
        {
            throw new InvalidOperationException(
                $"Marbles are called over TLS only, but the address is '{request.RequestUri}'. Use an https:// address.");
        }
    }
}
