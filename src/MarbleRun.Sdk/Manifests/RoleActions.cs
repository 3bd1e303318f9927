namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="RoleDefinition.Actions"/>, compared without regard to case.</summary>
public static class RoleActions
{
    /// <summary>Raise the security version of packages.</summary>
    public const string UpdateSecurityVersion = "UpdateSecurityVersion";

    /// <summary>Upload user-defined secrets.</summary>
    public const string WriteSecret = "WriteSecret";

    /// <summary>Read shared or user-defined secrets.</summary>
    public const string ReadSecret = "ReadSecret";

    /// <summary>Propose and acknowledge a new manifest.</summary>
    public const string UpdateManifest = "UpdateManifest";

    /// <summary>Revoke Marbles, and lift revocations. An extension: MarbleRun 1.9 refuses it.</summary>
    public const string RevokeMarble = "RevokeMarble";

    /// <summary>List the identities of Marbles. An extension: MarbleRun 1.9 refuses it.</summary>
    public const string ReadMarbles = "ReadMarbles";

    /// <summary>Read the Coordinator's audit trail. An extension: MarbleRun 1.9 refuses it.</summary>
    public const string ReadAudit = "ReadAudit";

    internal static IReadOnlyList<string> All { get; } =
        [UpdateSecurityVersion, WriteSecret, ReadSecret, UpdateManifest, RevokeMarble, ReadMarbles, ReadAudit];
}
