using MarbleRun.Audit;
using MarbleRun.Management;
using MarbleRun.Management.Revocations;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Http;

/// <summary>Calls a Coordinator with clients of the HTTP client factory, after the Coordinator was verified.</summary>
internal sealed class PinnedCoordinatorClient(CoordinatorPin pin, IHttpClientFactory clients, string clientName) : ICoordinatorClient
{
    public Task<CoordinatorEvidence> GetEvidenceAsync(
        ReadOnlyMemory<byte> nonce = default, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetEvidenceAsync(nonce, cancellationToken), cancellationToken);

    public Task<CoordinatorStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetStatusAsync(cancellationToken), cancellationToken);

    public Task<SignedManifest> GetManifestAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetManifestAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> SetManifestAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(client => client.SetManifestAsync(manifest, signatures, cancellationToken), cancellationToken);

    public Task<UpdatePreview> PreviewUpdateAsync(ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.PreviewUpdateAsync(manifest, cancellationToken), cancellationToken);

    public Task<UpdateResult> UpdateAsync(
        ReadOnlyMemory<byte> manifest,
        bool allowDowngrade = false,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(client => client.UpdateAsync(manifest, allowDowngrade, signatures, cancellationToken), cancellationToken);

    public Task<UpdateResult> AcknowledgeUpdateAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) =>
        CallAsync(client => client.AcknowledgeUpdateAsync(manifest, signatures, cancellationToken), cancellationToken);

    public Task CancelUpdateAsync(CancellationToken cancellationToken = default) => CallAsync(
        async client =>
        {
            await client.CancelUpdateAsync(cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    public Task<PendingManifestUpdate?> GetPendingUpdateAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetPendingUpdateAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<string>> GetUpdateLogAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetUpdateLogAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ManifestSignature>> GetManifestSignaturesAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetManifestSignaturesAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ManifestSignature>> AddManifestSignaturesAsync(
        IReadOnlyCollection<ManifestSignature> signatures, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.AddManifestSignaturesAsync(signatures, cancellationToken), cancellationToken);

    public Task<IssuedMarbles> GetMarblesAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetMarblesAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<Revocation>> GetRevocationsAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetRevocationsAsync(cancellationToken), cancellationToken);

    public Task<RevocationResult> RevokeAsync(
        RevocationSubjectKind kind, string subject, string reason, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.RevokeAsync(kind, subject, reason, cancellationToken), cancellationToken);

    public Task<RevocationResult> LiftRevocationAsync(ulong number, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.LiftRevocationAsync(number, cancellationToken), cancellationToken);

    public Task<ReadOnlyMemory<byte>> GetRevocationListAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetRevocationListAsync(cancellationToken), cancellationToken);

    public Task<AuditPage> GetAuditAsync(
        long after = 0, int limit = 100, string? replica = null, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetAuditAsync(after, limit, replica, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RefusedActivation>> GetRefusalsAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetRefusalsAsync(cancellationToken), cancellationToken);

    public Task<RecoveryResult> RecoverAsync(
        ReadOnlyMemory<byte> share, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.RecoverAsync(share, signature, cancellationToken), cancellationToken);

    public Task<ReadOnlyMemory<byte>> GetRecoveryPublicKeyAsync(CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetRecoveryPublicKeyAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyDictionary<string, MeshSecret>> GetSecretsAsync(
        IReadOnlyCollection<string> names, CancellationToken cancellationToken = default) =>
        CallAsync(client => client.GetSecretsAsync(names, cancellationToken), cancellationToken);

    public Task SetSecretsAsync(IReadOnlyDictionary<string, NewSecret> secrets, CancellationToken cancellationToken = default) =>
        CallAsync(
            async client =>
            {
                await client.SetSecretsAsync(secrets, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    private async Task<T> CallAsync<T>(Func<CoordinatorClient, Task<T>> call, CancellationToken cancellationToken)
    {
        VerifiedCoordinator coordinator = await pin.GetAsync(cancellationToken).ConfigureAwait(false);

        // The factory owns the connections, so disposal of the client closes none.
        using var client = new CoordinatorClient(new CoordinatorConnection(coordinator.Address, clients.CreateClient(clientName)));
        return await call(client).ConfigureAwait(false);
    }
}
