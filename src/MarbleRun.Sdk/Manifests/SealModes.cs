namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="ManifestConfig.SealMode"/>; case matters.</summary>
public static class SealModes
{
    /// <summary>Every newer version of the same product and signer can open the state; also the meaning of an empty value.</summary>
    public const string ProductKey = "ProductKey";

    /// <summary>Only exactly the same code can open the state.</summary>
    public const string UniqueKey = "UniqueKey";

    /// <summary>The state is kept only in memory.</summary>
    public const string Disabled = "Disabled";

    internal static IReadOnlyList<string> All { get; } = [ProductKey, UniqueKey, Disabled];
}
