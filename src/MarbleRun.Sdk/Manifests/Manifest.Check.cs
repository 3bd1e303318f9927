using System.Collections.Immutable;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Manifests;

/// <summary>Checking a manifest.</summary>
public sealed partial record Manifest
{
    /// <summary>
    /// Reads a manifest and checks everything that does not depend on the Coordinator's environment: syntax, consistency, sizes of
    /// generated secrets, recovery keys, users' certificates, and templates, which are rendered with stand-ins for secrets.
    /// </summary>
    /// <param name="utf8Json">The text, as for <see cref="Parse"/>.</param>
    public static ManifestReport Check(ReadOnlySpan<byte> utf8Json) =>
        TryParse(utf8Json, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems)
            ? manifest.Check()
            : new ManifestReport { Problems = problems };

    /// <summary>Checks this manifest in the same way.</summary>
    public ManifestReport Check() => Check(rendersTemplates: true);

    /// <summary>Checks this manifest in the same way, with or without rendering the templates.</summary>
    /// <param name="rendersTemplates">
    /// False for a Coordinator, which renders the templates after it has generated the real secrets: then they are only parsed.
    /// </param>
    public ManifestReport Check(bool rendersTemplates) => new ManifestChecks(this, rendersTemplates).Run();
}
