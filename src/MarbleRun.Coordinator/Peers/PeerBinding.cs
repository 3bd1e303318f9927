using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Coordinator.Peers;

/// <summary>What the evidence of both sides of a hand-over is bound to besides nonce, role and key.</summary>
/// <param name="RootHash">SHA-256 of the deployment's root certificate.</param>
/// <param name="ManifestHash">SHA-256 of the manifest in force; zeros without one.</param>
internal sealed record PeerBinding(ReadOnlyMemory<byte> RootHash, ReadOnlyMemory<byte> ManifestHash)
{
    public ReportData OfRequester(ReadOnlyMemory<byte> challenge, ReadOnlyMemory<byte> keyHash) =>
        Bind(AttestationBinding.KeyRequesterRole, challenge, keyHash);

    public ReportData OfHolder(ReadOnlyMemory<byte> nonce, ReadOnlyMemory<byte> keyHash) =>
        Bind(AttestationBinding.KeyHolderRole, nonce, keyHash);

    private ReportData Bind(string role, ReadOnlyMemory<byte> nonce, ReadOnlyMemory<byte> keyHash) => new AttestationBinding
    {
        Purpose = AttestationBinding.KeyHandOver,
        Role = role,
        Nonce = nonce,
        KeyHash = keyHash,
        RootHash = RootHash,
        ManifestHash = ManifestHash,
    }.ToReportData();
}
