using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string UpdatePath = "api/v2/update";
    private const string PendingPath = "api/v2/update-manifest";

    /// <inheritdoc/>
    public async Task<UpdatePreview> PreviewUpdateAsync(ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        // MarbleRun 1.9 ignores the parameter and would make the update. It does not serve a description of its API.
        await _connection.RequireAsync("api/v2/openapi.json", cancellationToken).ConfigureAwait(false);
        return ReadPreview(await _connection
            .PostAsync(
                $"{UpdatePath}?dryRun=true&allowDowngrade=true",
                Envelope(manifest),
                CoordinatorConnection.LargestReply,
                cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public Task CancelUpdateAsync(CancellationToken cancellationToken = default) =>
        _connection.PostAsync("api/v2/update-cancel", [], LargestStatus, cancellationToken);

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> GetUpdateLogAsync(CancellationToken cancellationToken = default) =>
        ReplyMembers.GetTexts(
            await _connection.GetAsync(UpdatePath, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false),
            "updateLog");

    private static UpdateResult ReadResult(JsonElement data) => new(
        ReplyMembers.GetNumber(data, "missingAcknowledgments"),
        ReplyMembers.GetTexts(data, "missingUsers"),
        ReadSecrets(data, "recoverySecrets"));

    private static UpdatePreview ReadPreview(JsonElement data) => new()
    {
        IsPackageUpdate = ReplyMembers.GetText(data, "kind") == "packages",
        ManifestFingerprint = ReplyMembers.GetText(data, "manifestFingerprint"),
        MissingAcknowledgments = ReplyMembers.GetNumber(data, "missingAcknowledgments"),
        MissingUsers = ReplyMembers.GetTexts(data, "missingUsers"),
        NewRecoverySecrets = ReplyMembers.GetFlag(data, "newRecoverySecrets"),
        Changes = [.. ReplyMembers.GetItems(data, "changes").Select(ReadChange)],
        Marbles = ReplyMembers.GetMembers(data, "marbles").ToImmutableDictionary(
            m => m.Name,
            m => (IReadOnlyList<string>)ReplyMembers.GetTexts(data.GetProperty("marbles"), m.Name),
            StringComparer.Ordinal),
        Warnings = ReplyMembers.GetTexts(data, "warnings"),
    };

    private static UpdateChange ReadChange(JsonElement item) => new()
    {
        Section = ReplyMembers.GetText(item, "section"),
        Name = ReplyMembers.GetText(item, "name"),
        Change = ReplyMembers.GetText(item, "change"),
        Detail = item.TryGetProperty("detail", out JsonElement detail) && detail.ValueKind == JsonValueKind.String
            ? detail.GetString()
            : null,
    };
}
