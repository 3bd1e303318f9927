using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// Proves to a Marble that is about to activate which code runs here, for which deployment, and that this code holds the key of the mesh
/// port.
/// </summary>
internal sealed class MeshAttestation(QuoteGate gate)
{
    /// <param name="state">One snapshot: its authority, with its manifest.</param>
    /// <param name="manifest">The manifest of the snapshot.</param>
    /// <param name="nonce">What the Marble chose, <see cref="AttestationBinding.NonceSize"/> bytes.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait for the platform.</param>
    /// <exception cref="BusyException">Too many ask.</exception>
    /// <exception cref="AttestationException">The platform has no quote to give.</exception>
    public Task<Quote> AttestAsync(
        CoordinatorState state, MeshManifest manifest, ReadOnlyMemory<byte> nonce, Caller caller, CancellationToken cancellationToken)
    {
        var binding = new AttestationBinding
        {
            Purpose = AttestationBinding.CoordinatorToMarble,
            Role = AttestationBinding.CoordinatorRole,
            Nonce = nonce,
            KeyHash = SHA256.HashData(state.Authority.MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo()),
            RootHash = state.Authority.RootHash,
            ManifestHash = Convert.FromHexString(manifest.Fingerprint),
        };
        return gate.IssueAsync(binding.ToReportData(), caller, cancellationToken);
    }
}
