namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="RoleDefinition.ResourceType"/>; case matters.</summary>
public static class ResourceTypes
{
    /// <summary>Entries of the manifest's <c>Packages</c>.</summary>
    public const string Packages = "Packages";

    /// <summary>Entries of the manifest's <c>Secrets</c>.</summary>
    public const string Secrets = "Secrets";

    /// <summary>The manifest as a whole.</summary>
    public const string Manifest = "Manifest";

    /// <summary>Entries of the manifest's <c>Marbles</c>. An extension: MarbleRun 1.9 refuses it.</summary>
    public const string Marbles = "Marbles";

    /// <summary>The Coordinator's audit trail. An extension: MarbleRun 1.9 refuses it.</summary>
    public const string Audit = "Audit";

    internal static IReadOnlyList<string> All { get; } = [Packages, Secrets, Manifest, Marbles, Audit];
}
