using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Identity;
using MarbleRun.Protos;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// Asks a Coordinator to attest itself, over the connection that the activation will use, and compares the answer with the trust. Until
/// then, only a nonce was sent to it, and nothing from it was used.
/// </summary>
internal sealed class AttestedCheck(
    CoordinatorAddresses address,
    CoordinatorTrust trust,
    CoordinatorRequirements requirements,
    IQuoteVerifier verifier,
    MarbleRun19Coordinator older,
    ListedCoordinators? listed,
    TimeProvider timeProvider)
{
    private const int LongestCertificate = 16 * 1024;

    /// <summary>Verifies the Coordinator.</summary>
    /// <param name="invoker">Calls over the connection.</param>
    /// <param name="handshake">Has the certificate that the server showed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="MarbleActivationException">The Coordinator is not trusted.</exception>
    /// <exception cref="TrustPendingException">The result is not known yet.</exception>
    /// <exception cref="RpcException">The Coordinator did not answer, or is not ready.</exception>
    public async Task<CoordinatorProof> RunAsync(CallInvoker invoker, CoordinatorHandshake handshake, CancellationToken cancellationToken)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(AttestationBinding.NonceSize);
        AttestResponse reply;
        try
        {
            reply = await new Mesh.MeshClient(invoker)
                .AttestAsync(
                    new AttestRequest { Nonce = ByteString.CopyFrom(nonce) }, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            return await ProveOlderAsync(handshake, e, cancellationToken).ConfigureAwait(false);
        }

        X509Certificate2 root = ReadCertificate(reply.RootCertificate, "root");
        X509Certificate2 intermediate = ReadCertificate(reply.IntermediateCertificate, "intermediate");
        byte[] manifest = reply.ManifestFingerprint.Length == SHA256.HashSizeInBytes
            ? reply.ManifestFingerprint.ToByteArray()
            : throw Malformed("the fingerprint of its manifest is not 32 bytes long");
        RequireServerKey(intermediate, root, handshake);
        var binding = new AttestationBinding
        {
            Purpose = AttestationBinding.CoordinatorToMarble,
            Role = AttestationBinding.CoordinatorRole,
            Nonce = nonce,
            KeyHash = SHA256.HashData(intermediate.PublicKey.ExportSubjectPublicKeyInfo()),
            RootHash = SHA256.HashData(root.RawDataMemory.Span),
            ManifestHash = manifest,
        };
        ListedCoordinator? entry = await VerifyEvidenceAsync(
            reply.Evidence, binding.ToReportData(), root, cancellationToken).ConfigureAwait(false);
        return new CoordinatorProof(root, intermediate, Convert.ToHexStringLower(manifest))
        {
            OwnerSignatures = reply.OwnerSignatures.Memory,
            Listed = entry,
        };
    }

    private async Task<CoordinatorProof> ProveOlderAsync(
        CoordinatorHandshake handshake, RpcException cause, CancellationToken cancellationToken)
    {
        if (!trust.AllowsMarbleRun19 || requirements.ForbidMarbleRun19)
        {
            throw Untrusted.Refuse(
                address,
                $"it cannot attest itself over the mesh port ({PeerText.Clean(cause.Status.Detail)}): it is a Coordinator of MarbleRun "
                + $"1.9, or it pretends to be one",
                "Use a Coordinator of this project. To use one of MarbleRun 1.9, allow it in the measured trust: "
                + "CoordinatorTrust.WithMarbleRun19(), or \"AllowMarbleRun19\": true in marble-trust.json.",
                cause);
        }

        CoordinatorProof proof = await older.ProveAsync(trust, verifier, cancellationToken).ConfigureAwait(false);
        RequireServerKey(proof.Intermediate, proof.Root, handshake);
        return proof;
    }

    /// <summary>
    /// Requires that the attested root certified the key of this connection's server. A relayed connection does not meet this requirement.
    /// </summary>
    private void RequireServerKey(X509Certificate2 intermediate, X509Certificate2 root, CoordinatorHandshake handshake)
    {
        string? reason = intermediate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority)
            ? null
            : "it is not a certificate authority";
        if (reason is not null
            || !CertificateChain.TryVerify(intermediate, root, CertificateRole.Any, timeProvider.GetUtcNow(), out reason))
        {
            throw Untrusted.Refuse(
                address,
                $"its intermediate certificate does not belong to its root certificate: {reason}",
                $"Check the clock, which says {timeProvider.GetUtcNow():u}, and that the address is the Coordinator's own.");
        }

        using X509Certificate2 server = X509CertificateLoader.LoadCertificate(handshake.ServerCertificate ?? []);
        if (!CertificateChain.HaveSameKey(server, intermediate))
        {
            throw Untrusted.Refuse(
                address,
                "the key of this connection's server is not the key of its certificates: the connection is relayed to another Coordinator, "
                + "or the manifest was updated at this moment",
                "Connect to the Coordinator directly, with TLS passed through; if its manifest was just updated, start this Marble again.");
        }
    }

    /// <returns>The entry of the deployment's manifest that the evidence fits; null if it fits the Marble's own trust.</returns>
    private async Task<ListedCoordinator?> VerifyEvidenceAsync(
        ByteString evidence, ReportData reportData, X509Certificate2 root, CancellationToken cancellationToken)
    {
        if (!EvidenceWrapper.TryUnwrap(evidence.Span, out Quote? quote, out string? fault))
        {
            throw Malformed($"its evidence cannot be read: {fault}");
        }

        var refusals = new List<Verdict>();
        foreach (PackageProperties package in trust.Packages)
        {
            if (await IsAcceptedAsync(package).ConfigureAwait(false))
            {
                return null;
            }
        }

        string? unlisted = null;
        if (listed?.TryFind(root, out ImmutableArray<ListedCoordinator> entries, out unlisted) == true)
        {
            foreach (ListedCoordinator entry in entries)
            {
                if (await IsAcceptedAsync(entry.Code).ConfigureAwait(false))
                {
                    return entry;
                }
            }

            unlisted = $"none of the {entries.Length} Coordinators that the deployment's manifest lists has its code";
        }

        // A collateral source that is unavailable or has outdated collateral may recover soon, as for a Marble's evidence at the
        // Coordinator.
        List<Verdict> passing = refusals.FindAll(v => v.IsTransient);
        throw passing.Count > 0 ? new TrustPendingException(Refuse(passing, unlisted)) : Refuse(refusals, unlisted);

        async Task<bool> IsAcceptedAsync(PackageProperties package)
        {
            Verdict verdict = await verifier
                .VerifyAsync(
                    quote, new QuoteExpectation { ReportData = reportData, Package = package }, cancellationToken).ConfigureAwait(false);
            if (!verdict.IsAccepted)
            {
                refusals.Add(verdict);
            }

            return verdict.IsAccepted;
        }
    }

    private MarbleActivationException Refuse(List<Verdict> refusals, string? unlisted)
    {
        // Of several packages, the one with the most passed checks gives the best reason.
        Verdict nearest = refusals.MaxBy(v => v.Checks.Count(c => c.Outcome == VerdictCheckOutcome.Passed))!;
        VerdictCheck? failed = nearest.Checks.FirstOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed);
        string remedy = failed?.Code == VerdictCodes.ReportData
            ? "It was created for another session, key, deployment or purpose: it may be replayed or relayed. Connect to the Coordinator "
            + "directly."
            : failed is { IsTransient: true } ? $"Check the collateral sources in Marble:Collateral. {failed.Remedy}"
            : failed?.Remedy ?? "Compare the Coordinator with the packages that this Marble trusts.";
        string also = unlisted is null ? string.Empty : $"; and {unlisted}";
        return Untrusted.Refuse(address, $"its evidence was refused: {nearest.Summary.TrimEnd('.')}{also}", remedy);
    }

    private X509Certificate2 ReadCertificate(ByteString der, string name)
    {
        if (der.Length is 0 or > LongestCertificate)
        {
            throw Malformed($"its {name} certificate has {der.Length} bytes");
        }

        try
        {
            return X509CertificateLoader.LoadCertificate(der.Span);
        }
        catch (CryptographicException e)
        {
            throw Malformed($"its {name} certificate cannot be read", e);
        }
    }

    private MarbleActivationException Malformed(string what, Exception? cause = null) =>
        Untrusted.Refuse(address, what, "Check that the address is a Coordinator's mesh address.", cause);
}
