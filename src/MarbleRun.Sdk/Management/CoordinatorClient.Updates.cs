using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string UpdatePath = "api/v2/update";
    private const string PendingPath = "api/v2/update-manifest";

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
    public async Task<UpdatePreview> PreviewUpdateAsync(ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        // MarbleRun 1.9 ignores the parameter and would make the update. It does not serve a description of its API.
        await _connection.RequireAsync("api/v2/openapi.json", cancellationToken).ConfigureAwait(false);
        return UpdatePreview.Read(await _connection
            .PostAsync(
                $"{UpdatePath}?dryRun=true&allowDowngrade=true",
                Envelope(manifest),
                CoordinatorConnection.LargestReply,
                cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Updates the manifest or security versions. If other users must agree, the update is pending until they do.</summary>
    /// <param name="manifest">The update, JSON in UTF-8; others acknowledge exactly these bytes.</param>
    /// <param name="allowDowngrade">Whether it may lower security versions below those in force.</param>
    /// <param name="signatures">
    /// The owners' signatures of the update, or null; they take effect with it. The signatures of the previous manifest are removed then.
    /// </param>
    /// <param name="cancellationToken">Cancels the call; the update may be made nevertheless.</param>
    /// <exception cref="CoordinatorException">The call failed; the message has the Coordinator's reason.</exception>
    public async Task<UpdateResult> UpdateAsync(
        ReadOnlyMemory<byte> manifest,
        bool allowDowngrade = false,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) =>
        ReadResult(await _connection
            .PostAsync(
                allowDowngrade ? $"{UpdatePath}?allowDowngrade=true" : UpdatePath,
                Envelope(manifest, signatures),
                CoordinatorConnection.LargestReply,
                cancellationToken)
            .ConfigureAwait(false));

    /// <summary>Acknowledges the pending update. The last acknowledgment that is needed puts it in force.</summary>
    /// <param name="manifest">The bytes of the update: read them with <see cref="GetPendingUpdateAsync"/>, and review them.</param>
    /// <param name="signatures">The owners' signatures of the update, or null; they are kept in addition to those that came with the
    /// update.</param>
    /// <param name="cancellationToken">Cancels the call; the acknowledgment may be counted nevertheless.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.NotFound"/> if no update is pending.
    /// </exception>
    public async Task<UpdateResult> AcknowledgeUpdateAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default) =>
        ReadResult(await _connection
            .PostAsync(
                PendingPath,
                Envelope(manifest, signatures),
                CoordinatorConnection.LargestReply,
                cancellationToken).ConfigureAwait(false));

    /// <summary>Cancels the pending update.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed; <see cref="CoordinatorErrorCode.NotFound"/> if no update is pending.
    /// </exception>
    public Task CancelUpdateAsync(CancellationToken cancellationToken = default) =>
        _connection.PostAsync("api/v2/update-cancel", [], LargestStatus, cancellationToken);

    /// <summary>Gets the pending update, or null.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    public async Task<PendingManifestUpdate?> GetPendingUpdateAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            JsonElement data = await _connection.GetAsync(
                PendingPath, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
            return new PendingManifestUpdate(
                ReplyMembers.GetBytes(data, "manifest"),
                ReplyMembers.GetText(data, "message"),
                ReplyMembers.GetTexts(data, "missingUsers"));
        }
        catch (CoordinatorException exception) when (exception.ErrorCode == CoordinatorErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>
    /// Gets the changes since the first manifest was set, oldest first: one JSON object for each, with <c>time</c> and <c>update</c>.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    public async Task<ImmutableArray<string>> GetUpdateLogAsync(CancellationToken cancellationToken = default) =>
        ReplyMembers.GetTexts(
            await _connection.GetAsync(UpdatePath, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false),
            "updateLog");

    private static UpdateResult ReadResult(JsonElement data) => new(
        ReplyMembers.GetNumber(data, "missingAcknowledgments"),
        ReplyMembers.GetTexts(data, "missingUsers"),
        ReadSecrets(data, "recoverySecrets"));
}
