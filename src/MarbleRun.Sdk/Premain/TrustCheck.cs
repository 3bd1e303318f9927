using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Files;
using MarbleRun.Identity;
using MarbleRun.Manifests;

namespace MarbleRun.Activation;

/// <summary>All that must hold of the Coordinator: before the activation is asked for, and before anything of its reply is applied.</summary>
internal sealed class TrustCheck : IDisposable
{
    private readonly Uri _address;
    private readonly MarbleOptions _options;
    private readonly RootCheck _root;
    private readonly OwnerCheck _owner;
    private readonly CollateralSource? _collateral;
    private readonly AttestedCheck? _attested;

    public TrustCheck(
        Uri address, CoordinatorTrust trust, MarbleOptions options, HardwareRoots roots, ICoordinatorOfMarbleRun19 older, TimeProvider timeProvider)
    {
        _address = address;
        _options = options;
        _root = new RootCheck(address, trust, options);
        _owner = new OwnerCheck(address, trust, options.CoordinatorRequirements, timeProvider);
        if (trust.Packages.IsEmpty)
        {
            return;
        }

        _collateral = new CollateralSource(options, timeProvider);
        IQuoteVerifier verifier = TrustVerifier.Create(trust, options, _collateral.Provider, roots, timeProvider);
        _attested = new AttestedCheck(address, trust, options.CoordinatorRequirements, verifier, older, timeProvider);
    }

    /// <summary>Lets the Coordinator prove itself, if that is asked for.</summary>
    /// <param name="invoker">Calls over the connection that the activation will use.</param>
    /// <param name="handshake">Knows what its server showed.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was proved, or null if evidence is not asked for.</returns>
    /// <exception cref="MarbleActivationException">It is not to be trusted.</exception>
    /// <exception cref="TrustPendingException">It is not known yet.</exception>
    /// <exception cref="RpcException">It did not answer, or is not ready.</exception>
    public async Task<CoordinatorProof?> BeforeAsync(CallInvoker invoker, CoordinatorHandshake handshake, CancellationToken cancellationToken)
    {
        if (_attested is null)
        {
            return null;
        }

        CoordinatorProof proof = await _attested.RunAsync(invoker, handshake, cancellationToken).ConfigureAwait(false);
        _root.Demand(proof.Root);
        if (!_owner.Stands(proof.ManifestFingerprint, proof.OwnerSignatures))
        {
            // Signatures of strangers at the Coordinator must not hide the owner's beside the Marble.
            byte[] own = ReadSignatures();
            _owner.Demand(proof.ManifestFingerprint, own.Length == 0 ? proof.OwnerSignatures : own);
        }

        return proof;
    }

    /// <summary>Compares what the reply names with what is trusted and what was proved.</summary>
    /// <exception cref="MarbleActivationException">It is another Coordinator, or another deployment.</exception>
    public void Demand(MarbleIdentity identity, CoordinatorProof? proof)
    {
        _root.Demand(identity.CoordinatorRoot);
        if (proof is not null
            && !(IsSame(proof.Root, identity.CoordinatorRoot) && IsSame(proof.Intermediate, identity.CertificateContext.IntermediateCertificates[0])))
        {
            throw Untrusted.Refuse(
                _address,
                "its reply names another root or intermediate certificate than it attested a moment before",
                "Something stands between, or the manifest was updated at this moment; in the second case start this Marble again.");
        }
    }

    public void Dispose() => _collateral?.Dispose();

    private static bool IsSame(X509Certificate2 left, X509Certificate2 right) => left.RawDataMemory.Span.SequenceEqual(right.RawDataMemory.Span);

    /// <summary>Signatures vouch for themselves, so that the host may bring them along where the Coordinator's are not enough.</summary>
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
                _address, $"the owners' signatures cannot be read: {e.Message}", "Set Marble:OwnerSignatureFile to the file that \"marblerun manifest sign\" wrote.", e);
        }
    }
}
