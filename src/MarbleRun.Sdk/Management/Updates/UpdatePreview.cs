namespace MarbleRun.Management.Updates;

/// <summary>The effects of an update.</summary>
public sealed class UpdatePreview
{
    /// <summary>Whether the update only raises security versions of packages.</summary>
    public required bool IsPackageUpdate { get; init; }

    /// <summary>SHA-256 of the update, lower-case hex, as the Coordinator computed it.</summary>
    public required string ManifestFingerprint { get; init; }

    /// <summary>The number of users other than the caller who must agree; 0 if the update would take effect immediately.</summary>
    public required int MissingAcknowledgments { get; init; }

    /// <summary>The users who may agree.</summary>
    public required IReadOnlyList<string> MissingUsers { get; init; }

    /// <summary>Whether all parties would get new recovery secrets; the old secrets cannot recover the new state then.</summary>
    public required bool NewRecoverySecrets { get; init; }

    /// <summary>The changes to the manifest.</summary>
    public required IReadOnlyList<UpdateChange> Changes { get; init; }

    /// <summary>By Marble type: the reasons why running Marbles must activate again, or cannot activate any more.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Marbles { get; init; }

    /// <summary>Effects that are easily overlooked: lost values, lowered versions, no user left who may update.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
