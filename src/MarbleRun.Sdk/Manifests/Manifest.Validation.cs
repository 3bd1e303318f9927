using System.Collections.Immutable;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Manifests;

/// <summary>Judging a manifest.</summary>
public sealed partial record Manifest
{
    /// <summary>
    /// Judges the manifest by everything that can be known without the Coordinator's environment: consistency, sizes of generated secrets, recovery keys,
    /// users' certificates, and templates, which are rendered with dummies in place of secrets.
    /// </summary>
    /// <returns>
    /// Errors in the order in which a Coordinator meets them, so that the first decides, those of one stage in the order of the text; then warnings. Empty if
    /// nothing is wrong. At most 200 of a stage.
    /// </returns>
    public ImmutableArray<ManifestProblem> Validate() => Validate(ManifestStage.Template);

    /// <summary>The same up to a stage: for a Coordinator, which renders the templates with the real secrets when it has made them.</summary>
    /// <param name="last">The last stage to judge. With one before <see cref="ManifestStage.Template"/> no template is read.</param>
    /// <returns>As <see cref="Validate()"/>; warnings about what was judged.</returns>
    public ImmutableArray<ManifestProblem> Validate(ManifestStage last) => new ManifestChecks(this, last).Run();
}
