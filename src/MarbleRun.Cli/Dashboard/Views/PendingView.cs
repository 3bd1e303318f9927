using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>The pending update.</summary>
internal sealed record PendingView
{
    /// <summary>The exact bytes: what the user acknowledges.</summary>
    public required ReadOnlyMemory<byte> Manifest { get; init; }

    /// <summary>SHA-256 of the bytes.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The Coordinator's own message.</summary>
    public required string Message { get; init; }

    public required ImmutableArray<string> Approved { get; init; }

    public required ImmutableArray<string> Missing { get; init; }

    public required ImmutableArray<ValueChange> Changes { get; init; }

    /// <summary>Whether there are more changes than are listed.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Why there is no diff; null if there is one.</summary>
    public string? Fault { get; init; }

    public static PendingView Of(PendingManifestUpdate update, MeshView? mesh)
    {
        ImmutableArray<ValueChange> changes = [];
        string? fault = null;
        try
        {
            changes = ManifestDiff.Compare(mesh?.Signed.Content ?? "{}"u8.ToArray(), update.Manifest);
        }
        catch (JsonException exception)
        {
            fault = $"The update can't be read as JSON: {exception.Message}";
        }

        return new PendingView
        {
            Manifest = update.Manifest,
            Fingerprint = MarbleRun.Manifests.Manifest.ComputeFingerprint(update.Manifest.Span),
            Message = update.Message,
            Missing = [.. update.MissingUsers],
            Approved = [.. Updaters(mesh).Where(user => !update.MissingUsers.Contains(user, StringComparer.Ordinal))],
            Changes = changes.Length > ManifestDiff.MaxChanges ? changes[..ManifestDiff.MaxChanges] : changes,
            IsCut = changes.Length > ManifestDiff.MaxChanges,
            Fault = fault,
        };
    }

    /// <summary>The users of the manifest in force who may agree.</summary>
    private static IEnumerable<string> Updaters(MeshView? mesh) =>
        mesh?.Manifest.Users
            .Where(user => user.Value.Roles.Any(role =>
                mesh.Manifest.Roles.TryGetValue(role, out RoleDefinition? definition)
                && definition.ResourceType == ResourceTypes.Manifest
                && definition.Actions.Contains(RoleActions.UpdateManifest, StringComparer.OrdinalIgnoreCase)))
            .Select(user => user.Key) ?? [];
}
