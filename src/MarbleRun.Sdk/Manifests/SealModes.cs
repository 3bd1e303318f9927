namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="ManifestConfig.SealMode"/>; case matters.</summary>
public static class SealModes
{
    /// <summary>The state opens for every newer version of the same product and signer; also what an empty value means.</summary>
    public const string ProductKey = "ProductKey";

    /// <summary>The state opens for the very same code only.</summary>
    public const string UniqueKey = "UniqueKey";

    /// <summary>The state is kept in memory only.</summary>
    public const string Disabled = "Disabled";

    internal static IReadOnlyList<string> All { get; } = [ProductKey, UniqueKey, Disabled];
}
