using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Manifests;

namespace MarbleRun.Management;

/// <summary>
/// A verified deployment: a genuine Coordinator, its manifest, and through its root every Marble that it activated.
/// </summary>
public sealed class VerifiedDeployment
{
    // A Marble sends one intermediate; checking more of them only costs time.
    private const int MostIntermediates = 4;

    private readonly CoordinatorExpectation _expectation;

    internal VerifiedDeployment(
        VerifiedCoordinator coordinator,
        SignedManifest signedManifest,
        Manifest manifest,
        MarbleTrust? trust,
        CoordinatorExpectation expectation)
    {
        Coordinator = coordinator;
        SignedManifest = signedManifest;
        Manifest = manifest;
        Trust = trust;
        Verified = expectation.TimeProvider.GetUtcNow();
        _expectation = expectation;
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
    /// The authorities and revocations that the root signed; null for a Coordinator that has no such list (MarbleRun 1.9), of which only
    /// <see cref="Intermediate"/> is accepted.
    /// </summary>
    internal MarbleTrust? Trust { get; }

    /// <summary>
    /// Creates a client that calls only Marbles of this deployment. Their certificate must be issued by an authority that the deployment
    /// accepts, must not be revoked, must name a Marble, and must contain the host name. The client shows no certificate, so the Marble
    /// must admit unauthenticated callers. After an update of the manifest the client refuses the Marbles; see
    /// <see cref="DeploymentClientOptions.ManifestChange"/>.
    /// </summary>
    public HttpClient CreateHttpClient() => CreateHttpClient(MarblePeerPolicy.AnyMarble);

    /// <summary>As <see cref="CreateHttpClient()"/>, with a policy for the Marbles.</summary>
    /// <param name="peerPolicy">
    /// The Marbles that may answer; a policy with <see cref="MarblePeerPolicy.IdentifiesPeer"/> replaces the check of the host name.
    /// </param>
    public HttpClient CreateHttpClient(MarblePeerPolicy peerPolicy) => new(CreateHandler(peerPolicy));

    /// <summary>As <see cref="CreateHttpClient()"/>, with options.</summary>
    /// <param name="options">The Marbles that may answer, and what happens after an update of the manifest.</param>
    public HttpClient CreateHttpClient(DeploymentClientOptions options) => new(CreateHandler(options));

    /// <summary>Creates the handler of <see cref="CreateHttpClient(MarblePeerPolicy)"/>, for instance for a gRPC channel.</summary>
    /// <param name="peerPolicy">The Marbles that may answer.</param>
    public HttpMessageHandler CreateHandler(MarblePeerPolicy peerPolicy)
    {
        ArgumentNullException.ThrowIfNull(peerPolicy);
        return CreateHandler(new DeploymentClientOptions { PeerPolicy = peerPolicy });
    }

    /// <summary>Creates the handler of <see cref="CreateHttpClient(DeploymentClientOptions)"/>.</summary>
    /// <param name="options">The Marbles that may answer, and what happens after an update of the manifest.</param>
    public HttpMessageHandler CreateHandler(DeploymentClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.PeerPolicy);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxAge, TimeSpan.FromSeconds(1));
        return new DeploymentHandler(new DeploymentFollower(this, options, _expectation), options.PeerPolicy, _expectation.TimeProvider);
    }

    /// <summary>When it was verified.</summary>
    internal DateTimeOffset Verified { get; }

    /// <summary>Whether an earlier verification found a later trust list: then the state was set back.</summary>
    internal bool IsOlderThan(VerifiedDeployment earlier) => earlier.Trust is { } before
        && (Trust is not { } trust
            || trust.Number < before.Number
            || (trust.Number == before.Number && !trust.Content.SequenceEqual(before.Content)));

    /// <summary>Whether another verification found the same authorities and revocations.</summary>
    internal bool HasSameTrust(VerifiedDeployment other) =>
        Trust is { } trust && other.Trust is { } otherTrust
            ? trust.Content.SequenceEqual(otherTrust.Content)
            : Trust is null && other.Trust is null
                && Intermediate.RawDataMemory.Span.SequenceEqual(other.Intermediate.RawDataMemory.Span);

    /// <summary>
    /// Whether a certificate chains through an intermediate that the server sent to the root of this deployment: then an authority issued
    /// it that was, or is now, the deployment's.
    /// </summary>
    internal bool IsOfRoot(X509Certificate2 leaf, X509Chain? chain, DateTimeOffset now)
    {
        // A self-issued certificate would be another root.
        IEnumerable<X509Certificate2> sent = chain?.ChainPolicy.ExtraStore.Where(c => c.Subject != c.Issuer).Take(MostIntermediates) ?? [];
        return sent.Any(intermediate => CertificateChain.TryVerify(leaf, intermediate, Root, CertificateRole.Server, now, out _));
    }
}
