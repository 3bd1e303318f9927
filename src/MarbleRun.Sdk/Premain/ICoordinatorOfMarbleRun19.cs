using MarbleRun.Attestation;

namespace MarbleRun.Activation;

/// <summary>How a Coordinator proves itself that has no other way than that of MarbleRun 1.9.</summary>
internal interface ICoordinatorOfMarbleRun19
{
    /// <summary>Verifies quote, chain and manifest at the client port.</summary>
    /// <exception cref="MarbleActivationException">It is not to be trusted.</exception>
    /// <exception cref="TrustPendingException">It is not known yet; the cause may pass.</exception>
    Task<CoordinatorProof> ProveAsync(CoordinatorTrust trust, IQuoteVerifier verifier, CancellationToken cancellationToken);
}
