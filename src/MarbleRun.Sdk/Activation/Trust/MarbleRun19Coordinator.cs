using MarbleRun.Attestation;
using MarbleRun.Management;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// Proves a Coordinator of MarbleRun 1.9 to a Marble with the data at its client port: a quote over root and nonce, the root's
/// intermediate, and the manifest that the root signed. The caller must compare the mesh port's key with the intermediate's key to make
/// sure that both ports belong to the same Coordinator.
/// </summary>
internal sealed class MarbleRun19Coordinator(CoordinatorAddresses meshAddress, MarbleOptions options, TimeProvider timeProvider)
{
    /// <summary>Verifies quote, chain and manifest at the client port.</summary>
    /// <exception cref="MarbleActivationException">The Coordinator is not trusted.</exception>
    /// <exception cref="TrustPendingException">The result is not known yet; the cause may be temporary.</exception>
    public async Task<CoordinatorProof> ProveAsync(CoordinatorTrust trust, IQuoteVerifier verifier, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.CoordinatorClientAddress))
        {
            throw Refuse(
                "it cannot attest itself over the mesh port, and its client address is not known",
                "Set Marble:CoordinatorClientAddress to its client address, host:port.");
        }

        CoordinatorVerificationException? refusal = null;
        foreach (PackageProperties package in trust.Packages)
        {
            try
            {
                VerifiedDeployment deployment = await CoordinatorClient.VerifyAsync(
                    options.CoordinatorClientAddress,
                    new CoordinatorExpectation { Verifier = verifier, ExpectedPackage = package, TimeProvider = timeProvider },
                    cancellationToken).ConfigureAwait(false);
                return new CoordinatorProof(deployment.Root, deployment.Intermediate, deployment.Fingerprint);
            }
            catch (CoordinatorVerificationException e)
            {
                refusal = e;
            }
        }

        MarbleActivationException refused = Refuse(
            $"at {options.CoordinatorClientAddress} it did not prove itself: {refusal!.Message.TrimEnd('.')}",
            "Compare the Coordinator with the packages that this Marble trusts.",
            refusal);
        throw refusal.Failure is CoordinatorVerificationFailure.Unreachable or CoordinatorVerificationFailure.ManifestUnavailable
            || refusal.Verdict is { IsTransient: true }
            ? new TrustPendingException(refused)
            : refused;
    }

    private MarbleActivationException Refuse(string what, string remedy, Exception? cause = null) =>
        Untrusted.Refuse(meshAddress, what, remedy, cause);
}
