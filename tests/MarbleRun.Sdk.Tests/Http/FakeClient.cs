using MarbleRun.Audit;
using MarbleRun.Management;
using MarbleRun.Management.Revocations;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Tests.Http;

/// <summary>A client as a team writes it for its own tests: only with the public API.</summary>
internal sealed class FakeClient : ICoordinatorClient
{
    public Task<CoordinatorEvidence> GetEvidenceAsync(
        ReadOnlyMemory<byte> nonce = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<CoordinatorStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new CoordinatorStatus(CoordinatorPhase.Recovery, "fake"));

    public Task<SignedManifest> GetManifestAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new SignedManifest("{}"u8.ToArray(), new byte[8]));

    public Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> SetManifestAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>>(new Dictionary<string, ReadOnlyMemory<byte>>());

    public Task<UpdatePreview> PreviewUpdateAsync(ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default) =>
        Task.FromResult(new UpdatePreview
        {
            IsPackageUpdate = false,
            ManifestFingerprint = new string('0', 64),
            MissingAcknowledgments = 0,
            MissingUsers = [],
            NewRecoverySecrets = false,
            Changes = [new UpdateChange { Section = "Marbles", Name = "web", Change = "added" }],
            Marbles = new Dictionary<string, IReadOnlyList<string>>(),
            Warnings = [],
        });

    public Task<UpdateResult> UpdateAsync(
        ReadOnlyMemory<byte> manifest,
        bool allowDowngrade = false,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) => AcknowledgeUpdateAsync(manifest, signatures, cancellationToken);

    public Task<UpdateResult> AcknowledgeUpdateAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) =>
        Task.FromResult(new UpdateResult(1, ["bob"], new Dictionary<string, ReadOnlyMemory<byte>>()));

    public Task CancelUpdateAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task<PendingManifestUpdate?> GetPendingUpdateAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<PendingManifestUpdate?>(new PendingManifestUpdate("{}"u8.ToArray(), "bob must agree", ["bob"]));

    public Task<IReadOnlyList<string>> GetUpdateLogAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    public Task<IReadOnlyList<ManifestSignature>> GetManifestSignaturesAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<ManifestSignature>>([]);

    public Task<IReadOnlyList<ManifestSignature>> AddManifestSignaturesAsync(
        IReadOnlyCollection<ManifestSignature> signatures, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<ManifestSignature>>([.. signatures]);

    public Task<IssuedMarbles> GetMarblesAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new IssuedMarbles
        {
            Marbles = [new IssuedMarble { MarbleType = "web", Id = Guid.NewGuid(), Certificate = new string('0', 64) }],
        });

    public Task<IReadOnlyList<Revocation>> GetRevocationsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<Revocation>>([]);

    public Task<RevocationResult> RevokeAsync(
        RevocationSubjectKind kind, string subject, string reason, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            new RevocationResult { Revocation = new Revocation { Number = 1, Kind = kind, Subject = subject, Reason = reason } });

    public Task<RevocationResult> LiftRevocationAsync(ulong number, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RevocationResult
        {
            Revocation = new Revocation { Number = number, Kind = RevocationSubjectKind.MarbleType, Subject = "web" },
            IsLifted = true,
        });

    public Task<ReadOnlyMemory<byte>> GetRevocationListAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(ReadOnlyMemory<byte>.Empty);

    public Task<AuditPage> GetAuditAsync(
        long after = 0, int limit = 100, string? replica = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new AuditPage([], AuditHead.Start));

    public Task<IReadOnlyList<RefusedActivation>> GetRefusalsAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<RefusedActivation>>([]);

    public Task<RecoveryResult> RecoverAsync(
        ReadOnlyMemory<byte> share, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RecoveryResult(0, "Recovery successful."));

    public Task<ReadOnlyMemory<byte>> GetRecoveryPublicKeyAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(ReadOnlyMemory<byte>.Empty);

    public Task<IReadOnlyDictionary<string, MeshSecret>> GetSecretsAsync(
        IReadOnlyCollection<string> names, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyDictionary<string, MeshSecret>>(
            names.ToDictionary(name => name, _ => new MeshSecret("plain", [1], [1])));

    public Task SetSecretsAsync(IReadOnlyDictionary<string, NewSecret> secrets, CancellationToken cancellationToken = default) =>
        Task.CompletedTask;
}
