namespace MarbleRun.Manifests;

/// <summary>Whether a <see cref="ManifestProblem"/> prevents the manifest from being used.</summary>
public enum ManifestSeverity
{
    /// <summary>A Coordinator refuses the manifest.</summary>
    Error = 0,

    /// <summary>A Coordinator accepts the manifest; it probably does not do what its author intended.</summary>
    Warning,
}
