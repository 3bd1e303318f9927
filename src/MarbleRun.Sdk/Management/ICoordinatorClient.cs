using MarbleRun.Audit;
using MarbleRun.Management.Revocations;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Management;

/// <summary>
/// The client API of a verified Coordinator. <see cref="CoordinatorClient"/> implements it, <c>services.AddCoordinatorClient()</c>
/// registers it, and a test can replace it.
/// </summary>
public interface ICoordinatorClient
{
    /// <summary>Gets the Coordinator's quote and certificates, without verifying them.</summary>
    /// <param name="nonce">Included in the quote, so that it cannot have been prepared; empty for the quote of the start.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    Task<CoordinatorEvidence> GetEvidenceAsync(ReadOnlyMemory<byte> nonce = default, CancellationToken cancellationToken = default);

    /// <summary>Gets the Coordinator's status.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    Task<CoordinatorStatus> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Gets the manifest. The fingerprint is computed locally; the caller checks whether the root signed the manifest.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Rejected"/> if there is no manifest.
    /// </exception>
    Task<SignedManifest> GetManifestAsync(CancellationToken cancellationToken = default);

    /// <summary>Sets the manifest of a Coordinator that waits for a manifest.</summary>
    /// <param name="manifest">The manifest, JSON in UTF-8; the Coordinator keeps exactly these bytes.</param>
    /// <param name="signatures">The owners' signatures of the manifest, or null. MarbleRun 1.9 ignores them.</param>
    /// <param name="cancellationToken">Cancels the call; the manifest may be set nevertheless.</param>
    /// <returns>
    /// The recovery secrets, each encrypted under the recovery key of that name. They cannot be fetched again: store them. Empty without
    /// recovery keys.
    /// </returns>
    /// <exception cref="CoordinatorException">The call failed; the message has the Coordinator's reason.</exception>
    Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> SetManifestAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Requests a preview of an update without making it. Needs a Coordinator of this project, and a user who may make the update.
    /// </summary>
    /// <param name="manifest">The update, JSON in UTF-8: a complete manifest, or a manifest that contains only packages with new security
    /// versions.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed, or the update would be refused; the message has the Coordinator's reason. <see
    /// cref="CoordinatorErrorCode.NotSupported"/> if the Coordinator does not support previews.
    /// </exception>
    /// <remarks>
    /// The preview lists lowered security versions as warnings; <see cref="UpdateAsync"/> refuses them unless they are allowed.
    /// </remarks>
    Task<UpdatePreview> PreviewUpdateAsync(ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default);

    /// <summary>Updates the manifest or security versions. If other users must agree, the update is pending until they do.</summary>
    /// <param name="manifest">The update, JSON in UTF-8; others acknowledge exactly these bytes.</param>
    /// <param name="allowDowngrade">Whether it may lower security versions below those in force.</param>
    /// <param name="signatures">
    /// The owners' signatures of the update, or null; they take effect with it. The signatures of the previous manifest are removed then.
    /// </param>
    /// <param name="cancellationToken">Cancels the call; the update may be made nevertheless.</param>
    /// <exception cref="CoordinatorException">The call failed; the message has the Coordinator's reason.</exception>
    Task<UpdateResult> UpdateAsync(
        ReadOnlyMemory<byte> manifest,
        bool allowDowngrade = false,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default);

    /// <summary>Acknowledges the pending update. The last acknowledgment that is needed puts it in force.</summary>
    /// <param name="manifest">The bytes of the update: read them with <see cref="GetPendingUpdateAsync"/>, and review them.</param>
    /// <param name="signatures">The owners' signatures of the update, or null; they are kept in addition to those that came with the
    /// update.</param>
    /// <param name="cancellationToken">Cancels the call; the acknowledgment may be counted nevertheless.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.NotFound"/> if no update is pending.
    /// </exception>
    Task<UpdateResult> AcknowledgeUpdateAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default);

    /// <summary>Cancels the pending update.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.NotFound"/> if no update is pending.
    /// </exception>
    Task CancelUpdateAsync(CancellationToken cancellationToken = default);

    /// <summary>Gets the pending update, or null.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    Task<PendingManifestUpdate?> GetPendingUpdateAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the changes since the first manifest was set, oldest first: one JSON object for each, with <c>time</c> and <c>update</c>.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    Task<IReadOnlyList<string>> GetUpdateLogAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the owners' signatures of the manifest in force, unverified; <see cref="ManifestSignatures.Verify"/> verifies them. Needs a
    /// Coordinator of this project.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Rejected"/> if there is no manifest, <see
    /// cref="CoordinatorErrorCode.NotSupported"/> if the Coordinator does not store signatures.
    /// </exception>
    Task<IReadOnlyList<ManifestSignature>> GetManifestSignaturesAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends signatures of the manifest in force to the Coordinator. A user with the permission <c>UpdateManifest</c> may add signatures of
    /// any key; other callers may only renew the signature of a key that is already there. For each key, the Coordinator keeps the
    /// signature with the highest sequence number. Needs a Coordinator of this project.
    /// </summary>
    /// <param name="signatures">The signatures, at most <see cref="ManifestSignature.MaxCount"/>.</param>
    /// <param name="cancellationToken">Cancels the call; the Coordinator may keep the signatures nevertheless.</param>
    /// <returns>All signatures that the Coordinator keeps now.</returns>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Forbidden"/> if the caller may not add a new key, <see
    /// cref="CoordinatorErrorCode.Rejected"/> if a signature is invalid or of another manifest, <see
    /// cref="CoordinatorErrorCode.NotSupported"/> if the Coordinator does not store signatures.
    /// </exception>
    Task<IReadOnlyList<ManifestSignature>> AddManifestSignaturesAsync(
        IReadOnlyCollection<ManifestSignature> signatures, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the identities that the Coordinator knows, of the Marble types that the user may list (action <c>ReadMarbles</c>). Needs a
    /// Coordinator of this project; of those from before its restart, it knows only the Marbles that called it since (<see
    /// cref="IssuedMarbles.CompleteSince"/>).
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Forbidden"/> if the user may list no type.
    /// </exception>
    Task<IssuedMarbles> GetMarblesAsync(CancellationToken cancellationToken = default);

    /// <summary>Gets the revocations, those that wait for approvals too. Needs a Coordinator of this project.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Forbidden"/> if the user may neither revoke nor list Marbles.
    /// </exception>
    Task<IReadOnlyList<Revocation>> GetRevocationsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Revokes Marbles, or agrees to a revocation with the same subject that waits. Needs a user with the action <c>RevokeMarble</c> for
    /// their types.
    /// </summary>
    /// <param name="kind">The kind of <paramref name="subject"/>.</param>
    /// <param name="subject">The name of the Marbles to revoke.</param>
    /// <param name="reason">The reason, which other users read: at most 500 characters, without control characters.</param>
    /// <param name="cancellationToken">Cancels the call; the revocation may be made nevertheless.</param>
    /// <exception cref="CoordinatorException">The call failed; the message has the Coordinator's reason.</exception>
    Task<RevocationResult> RevokeAsync(
        RevocationSubjectKind kind, string subject, string reason, CancellationToken cancellationToken = default);

    /// <summary>Lifts a revocation, or agrees to lifting it. One that is not in force is dropped.</summary>
    /// <param name="number">The number of the revocation.</param>
    /// <param name="cancellationToken">Cancels the call; the revocation may be lifted nevertheless.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.NotFound"/> if there is no such revocation.
    /// </exception>
    Task<RevocationResult> LiftRevocationAsync(ulong number, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the certificate revocation list (RFC 5280), DER, signed by the intermediate in force. The caller verifies its signature.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    Task<ReadOnlyMemory<byte>> GetRevocationListAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets records of the audit trail, unverified; <see cref="AuditPage.Verify"/> verifies them. Needs a Coordinator of this project, and
    /// a user with the action <c>ReadAudit</c>.
    /// </summary>
    /// <param name="after">The number of the record before the first one; 0 for the beginning.</param>
    /// <param name="limit">The most records, from 0, which asks for the head alone, to 1,000; the Coordinator may answer fewer.</param>
    /// <param name="replica">
    /// The name of the Coordinator whose trail is read, which must be in the shared store; null for the Coordinator that answers.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Forbidden"/> if the user may not read the trail, <see
    /// cref="CoordinatorErrorCode.NotSupported"/> if the Coordinator does not offer it.
    /// </exception>
    Task<AuditPage> GetAuditAsync(
        long after = 0, int limit = 100, string? replica = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the last refused activations and renewals with the checks of their evidence, the last ones first. The Coordinator has at most
    /// 100 of them in memory, since its start. Needs a Coordinator of this project, and a user with the action <c>ReadAudit</c>.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Forbidden"/> if the user may not read them, <see
    /// cref="CoordinatorErrorCode.NotSupported"/> if the Coordinator does not offer it.
    /// </exception>
    Task<IReadOnlyList<RefusedActivation>> GetRefusalsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Sends a party's recovery secret to a Coordinator in recovery. Verify the Coordinator afresh before that: in recovery it has a root
    /// of its own, and a server that gets enough secrets can open the state.
    /// </summary>
    /// <param name="share">
    /// The decrypted secret of the party, or that encrypted with the key of <see cref="GetRecoveryPublicKeyAsync"/> (RSAES-OAEP with
    /// SHA-256, empty label).
    /// </param>
    /// <param name="signature">The party's signature of the decrypted secret: RSASSA-PKCS1-v1_5 with SHA-256.</param>
    /// <param name="cancellationToken">Cancels the call; the secret may be accepted nevertheless.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Rejected"/> if the secret is not accepted, or the Coordinator is not in recovery.
    /// </exception>
    Task<RecoveryResult> RecoverAsync(
        ReadOnlyMemory<byte> share, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets the RSA key of this run of a Coordinator in recovery, as SubjectPublicKeyInfo in DER (RFC 5280). Secrets that are encrypted
    /// with it can be sent by other people. It changes with each restart.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Rejected"/> if the Coordinator is not in recovery.
    /// </exception>
    Task<ReadOnlyMemory<byte>> GetRecoveryPublicKeyAsync(CancellationToken cancellationToken = default);

    /// <summary>Gets secrets of the manifest with their values. Needs a user with the action <c>ReadSecret</c> for all of them.</summary>
    /// <param name="names">The names, at least one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The secrets by name, sorted; the caller disposes of each, which clears its value.</returns>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.Rejected"/> if the user may not read one of them, or one does not exist.
    /// </exception>
    Task<IReadOnlyDictionary<string, MeshSecret>> GetSecretsAsync(
        IReadOnlyCollection<string> names, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets user-defined secrets of the manifest, all or none. Needs a user with the action <c>WriteSecret</c> for all of them.
    /// </summary>
    /// <param name="secrets">The values by name.</param>
    /// <param name="cancellationToken">Cancels the call; the secrets may be set nevertheless.</param>
    /// <exception cref="CoordinatorException">The call failed; the message has the Coordinator's reason.</exception>
    Task SetSecretsAsync(IReadOnlyDictionary<string, NewSecret> secrets, CancellationToken cancellationToken = default);
}
