namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="ManifestConfig.FeatureGates"/>, compared without regard to case.</summary>
public static class FeatureGates
{
    /// <summary>The Coordinator signs quotes of others.</summary>
    public const string SignQuoteEndpoint = "SignQuoteEndpoint";

    /// <summary>Marbles may keep monotonic counters at the Coordinator.</summary>
    public const string MonotonicCounter = "MonotonicCounter";

    /// <summary>The Coordinator seals its state with a key of an Azure Managed HSM.</summary>
    public const string AzureHsmSealing = "AzureHSMSealing";

    internal static IReadOnlyList<string> All { get; } = [SignQuoteEndpoint, MonotonicCounter, AzureHsmSealing];
}
