using System.Collections.Immutable;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Manifests;

/// <summary>Judging a manifest.</summary>
public sealed partial record Manifest
{
    /// <summary>
    /// Judges the manifest by everything that can be known without the Coordinator's environment and without running templates:
    /// consistency, sizes of generated secrets, recovery keys, users' certificates, and zero bytes in environment variables.
    /// </summary>
    /// <returns>Errors in the order in which a Coordinator meets them, so that the first decides; then warnings. Empty if nothing is wrong.</returns>
    public ImmutableArray<ManifestProblem> Validate() => new ManifestChecks(this).Run();
}
