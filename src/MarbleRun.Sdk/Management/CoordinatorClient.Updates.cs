using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Manifests;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string UpdatePath = "api/v2/update";
    private const string PendingPath = "api/v2/update-manifest";

    /// <summary>Asks what an update would do; nothing is done. Needs a Coordinator of this project, and a user who may make the update.</summary>
    /// <param name="manifest">The update, JSON in UTF-8: a whole manifest, or one of packages with new security versions alone.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CoordinatorException">
    /// The call failed, or the update would be refused; the message has the Coordinator's reason. <see cref="CoordinatorErrorCode.NotSupported"/> when the Coordinator
    /// has no previews.
    /// </exception>
    /// <remarks>Security versions that it lowers are among the warnings here, and refused by <see cref="UpdateAsync"/> unless they are allowed.</remarks>
    public async Task<UpdatePreview> PreviewUpdateAsync(ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        // MarbleRun 1.9 ignores the parameter, and would make the update. It has no description of its API.
        await _connection.DemandAsync("api/v2/openapi.json", cancellationToken).ConfigureAwait(false);
        return UpdatePreview.Read(await _connection
            .PostAsync($"{UpdatePath}?dryRun=true&allowDowngrade=true", Envelope(manifest), CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Updates the manifest or security versions; if other users must agree, the update waits for them.</summary>
    /// <param name="manifest">The update, JSON in UTF-8; others acknowledge these very bytes.</param>
    /// <param name="allowDowngrade">Whether it may lower security versions below those in force.</param>
    /// <param name="signatures">
    /// What its owners signed of it, or null; they come in force with it. The signatures of the manifest before are gone then.
    /// </param>
    /// <param name="cancellationToken">Ends the call; the update may be made nevertheless.</param>
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

    /// <summary>Agrees to the update that waits. With the last agreement that is needed it is in force.</summary>
    /// <param name="manifest">The bytes of the update: read them with <see cref="GetPendingUpdateAsync"/>, and look at them.</param>
    /// <param name="signatures">What its owners signed of it, or null: they are kept beside those that came with the update.</param>
    /// <param name="cancellationToken">Ends the call; the agreement may be counted nevertheless.</param>
    /// <exception cref="CoordinatorException">The call failed; <see cref="CoordinatorErrorCode.NotFound"/> when none waits.</exception>
    public async Task<UpdateResult> AcknowledgeUpdateAsync(
        ReadOnlyMemory<byte> manifest, IReadOnlyCollection<ManifestSignature>? signatures = null, CancellationToken cancellationToken = default) =>
        ReadResult(await _connection
            .PostAsync(PendingPath, Envelope(manifest, signatures), CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false));

    /// <summary>Drops the update that waits.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CoordinatorException">The call failed; <see cref="CoordinatorErrorCode.NotFound"/> when none waits.</exception>
    public Task CancelUpdateAsync(CancellationToken cancellationToken = default) =>
        _connection.PostAsync("api/v2/update-cancel", [], LargestStatus, cancellationToken);

    /// <summary>The update that waits for agreement, or null.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    public async Task<PendingManifestUpdate?> GetPendingUpdateAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            JsonElement data = await _connection.GetAsync(PendingPath, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
            return new PendingManifestUpdate(ReplyMembers.GetBytes(data, "manifest"), ReplyMembers.GetText(data, "message"), ReplyMembers.GetTexts(data, "missingUsers"));
        }
        catch (CoordinatorException exception) when (exception.ErrorCode == CoordinatorErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>What changed since the first manifest was set, oldest first: one JSON object each, with <c>time</c> and <c>update</c>.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="CoordinatorException">The call failed.</exception>
    public async Task<ImmutableArray<string>> GetUpdateLogAsync(CancellationToken cancellationToken = default) =>
        ReplyMembers.GetTexts(
            await _connection.GetAsync(UpdatePath, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false), "updateLog");

    private static UpdateResult ReadResult(JsonElement data) => new(
        ReplyMembers.GetNumber(data, "missingAcknowledgments"), ReplyMembers.GetTexts(data, "missingUsers"), ReadSecrets(data, "recoverySecrets"));
}
