using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Files;
using MarbleRun.Identity;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Activation.Trust;

/// <summary>Verifies the Coordinator: before the activation is requested, and before any part of its reply is applied.</summary>
internal sealed class TrustCheck : IDisposable
{
    private readonly CoordinatorAddresses _address;
    private readonly MarbleOptions _options;
    private readonly RootCheck _root;
    private readonly OwnerCheck _owner;
    private readonly CollateralSource? _collateral;
    private readonly AttestedCheck? _attested;

    /// <param name="address">The Coordinator's mesh address.</param>
    /// <param name="trust">The Coordinator that this Marble trusts.</param>
    /// <param name="options">The options of the Marble.</param>
    /// <param name="roots">The accepted hardware vendors.</param>
    /// <param name="former">
    /// The identity that the Coordinator is to replace; null for a first one. A first activation trusts nothing but what is measured.
    /// </param>
    /// <param name="timeProvider">The clock.</param>
    public TrustCheck(
        CoordinatorAddresses address,
        CoordinatorTrust trust,
        MarbleOptions options,
        HardwareRoots roots,
        MarbleIdentity? former,
        TimeProvider timeProvider)
    {
        _address = address;
        _options = options;
        _root = new RootCheck(address, trust, options);
        _owner = new OwnerCheck(address, trust, options.CoordinatorRequirements, timeProvider);
        if (trust.Packages.Count == 0)
        {
            return;
        }

        _collateral = new CollateralSource(options, timeProvider);
        IQuoteVerifier verifier = TrustVerifier.Create(trust, options, _collateral.Provider, roots, timeProvider);
        var older = new MarbleRun19Coordinator(address, options, timeProvider);
        ListedCoordinators? listed = former is null ? null : new ListedCoordinators(former, _owner, ReadSignatures);
        _attested = new AttestedCheck(address, trust, options.CoordinatorRequirements, verifier, older, listed, timeProvider);
    }

    /// <summary>Lets the Coordinator prove itself, if that is required.</summary>
    /// <param name="invoker">Calls over the connection that the activation will use.</param>
    /// <param name="handshake">Has the certificate that the server showed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The proof, or null if no evidence is required.</returns>
    /// <exception cref="MarbleActivationException">The Coordinator is not trusted.</exception>
    /// <exception cref="TrustPendingException">The result is not known yet.</exception>
    /// <exception cref="RpcException">The Coordinator did not answer, or is not ready.</exception>
    public async Task<CoordinatorProof?> BeforeAsync(
        CallInvoker invoker, CoordinatorHandshake handshake, CancellationToken cancellationToken)
    {
        if (_attested is null)
        {
            return null;
        }

        CoordinatorProof proof = await _attested.RunAsync(invoker, handshake, cancellationToken).ConfigureAwait(false);
        _root.ThrowIfUnpinned(proof.Root);
        if (!_owner.IsSatisfied(proof.ManifestFingerprint, proof.OwnerSignatures))
        {
            // Signatures by others at the Coordinator must not hide the owner's signature at the Marble.
            byte[] own = ReadSignatures();
            _owner.ThrowIfUnsigned(proof.ManifestFingerprint, own.Length == 0 ? proof.OwnerSignatures : own);
        }

        return proof;
    }

    /// <summary>Compares the certificates in the reply with the trust and the proof.</summary>
    /// <exception cref="MarbleActivationException">It is another Coordinator, or another deployment.</exception>
    public void ThrowIfUntrusted(MarbleIdentity identity, CoordinatorProof? proof)
    {
        _root.ThrowIfUnpinned(identity.CoordinatorRoot);
        if (proof is not null
            && !(IsSame(proof.Root, identity.CoordinatorRoot)
                && IsSame(proof.Intermediate, identity.CertificateContext.IntermediateCertificates[0])))
        {
            throw Untrusted.Refuse(
                _address,
                "its reply names another root or intermediate certificate than it attested before",
                "The connection is intercepted, or the manifest was updated at this moment; in the second case start this Marble again.");
        }
    }

    public void Dispose() => _collateral?.Dispose();

    private static bool IsSame(X509Certificate2 left, X509Certificate2 right) =>
        left.RawDataMemory.Span.SequenceEqual(right.RawDataMemory.Span);

    /// <summary>Signatures are self-authenticating, so the host may supply them if the Coordinator's are not sufficient.</summary>
    private byte[] ReadSignatures()
    {
        if (string.IsNullOrEmpty(_options.OwnerSignatureFile) || !_owner.IsNeeded)
        {
            return [];
        }

        try
        {
            return RegularFile.Read(_options.OwnerSignatureFile, ManifestSignatures.MaxLength);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Untrusted.Refuse(
                _address,
                $"the owners' signatures cannot be read: {e.Message}",
                "Set Marble:OwnerSignatureFile to the file that \"marblerun manifest sign\" wrote.",
                e);
        }
    }
}
