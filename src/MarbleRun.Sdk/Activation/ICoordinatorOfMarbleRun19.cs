using MarbleRun.Attestation;

namespace MarbleRun.Activation;

/// <summary>Verifies a Coordinator that can prove itself only as MarbleRun 1.9 does.</summary>
internal interface ICoordinatorOfMarbleRun19
{
    /// <summary>Verifies quote, chain and manifest at the client port.</summary>
    /// <exception cref="MarbleActivationException">The Coordinator is not trusted.</exception>
    /// <exception cref="TrustPendingException">The result is not known yet; the cause may be temporary.</exception>
    Task<CoordinatorProof> ProveAsync(CoordinatorTrust trust, IQuoteVerifier verifier, CancellationToken cancellationToken);
}
