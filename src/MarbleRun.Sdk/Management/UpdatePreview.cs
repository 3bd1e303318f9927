using System.Collections.Immutable;
using System.Text.Json;

namespace MarbleRun.Management;

/// <summary>What an update would do.</summary>
public sealed class UpdatePreview
{
    private UpdatePreview()
    {
    }

    /// <summary>Whether it raises security versions of packages and nothing else.</summary>
    public required bool IsPackageUpdate { get; init; }

    /// <summary>SHA-256 of the update, lower-case hex, as the Coordinator computed it.</summary>
    public required string ManifestFingerprint { get; init; }

    /// <summary>How many users must agree besides the caller; 0 if it would be in force at once.</summary>
    public required int MissingAcknowledgments { get; init; }

    /// <summary>Who may agree.</summary>
    public required ImmutableArray<string> MissingUsers { get; init; }

    /// <summary>Whether all parties would get new recovery secrets; the old ones open nothing new then.</summary>
    public required bool NewRecoverySecrets { get; init; }

    /// <summary>What would be other than now.</summary>
    public required ImmutableArray<UpdateChange> Changes { get; init; }

    /// <summary>By Marble type: why running Marbles must activate again, or cannot any more.</summary>
    public required ImmutableDictionary<string, ImmutableArray<string>> Marbles { get; init; }

    /// <summary>What is easily overlooked: values that are lost, versions that are lowered, nobody left who may update.</summary>
    public required ImmutableArray<string> Warnings { get; init; }

    internal static UpdatePreview Read(JsonElement data) => new()
    {
        IsPackageUpdate = ReplyMembers.GetText(data, "kind") == "packages",
        ManifestFingerprint = ReplyMembers.GetText(data, "manifestFingerprint"),
        MissingAcknowledgments = ReplyMembers.GetNumber(data, "missingAcknowledgments"),
        MissingUsers = ReplyMembers.GetTexts(data, "missingUsers"),
        NewRecoverySecrets = ReplyMembers.GetFlag(data, "newRecoverySecrets"),
        Changes = [.. ReplyMembers.GetItems(data, "changes").Select(UpdateChange.Read)],
        Marbles = ReplyMembers.GetMembers(data, "marbles").ToImmutableDictionary(
            m => m.Name, m => ReplyMembers.GetTexts(data.GetProperty("marbles"), m.Name), StringComparer.Ordinal),
        Warnings = ReplyMembers.GetTexts(data, "warnings"),
    };
}
