using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>Judging a manifest.</summary>
public sealed partial record Manifest
{
    /// <summary>
    /// Judges the manifest by everything that can be known without the Coordinator's environment and without running templates.
    /// </summary>
    /// <returns>Errors in the order in which a Coordinator meets them, then warnings in the order of the text; empty if nothing is wrong.</returns>
    public ImmutableArray<ManifestProblem> Validate() => Source.Warnings;
}
