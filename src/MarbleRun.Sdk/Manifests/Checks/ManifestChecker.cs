using System.Collections.Immutable;
using MarbleRun.Manifests.Reading;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Checks everything in a manifest that does not depend on the Coordinator's environment: syntax, consistency, sizes of generated secrets,
/// recovery keys, users' certificates, and templates, which are rendered with stand-ins for secrets.
/// </summary>
public static class ManifestChecker
{
    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="utf8Json">The text, as for <see cref="ManifestParser.Parse"/>.</param>
    public static ManifestReport Check(ReadOnlySpan<byte> utf8Json) =>
        ManifestParser.TryParse(utf8Json, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems)
            ? Check(manifest)
            : new ManifestReport { Problems = problems };

    /// <summary>Checks a manifest that was read.</summary>
    /// <param name="manifest">The manifest.</param>
    public static ManifestReport Check(Manifest manifest) => Check(manifest, rendersTemplates: true);

    /// <summary>Checks a manifest that was read, with or without rendering the templates.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="rendersTemplates">
    /// False for a Coordinator, which renders the templates after it has generated the real secrets: then they are only parsed.
    /// </param>
    public static ManifestReport Check(Manifest manifest, bool rendersTemplates)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return new ManifestChecks(manifest, rendersTemplates, actions: null).Run();
    }

    /// <summary>
    /// Checks a manifest of an unknown sender that was read, for a Coordinator: templates are only parsed, and their actions are limited.
    /// </summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="maxActionBytes">
    /// The bytes that the actions of all templates may have together, with their delimiters and without spaces.
    /// </param>
    /// <exception cref="TemplateException">
    /// The actions are longer (<see cref="TemplateException.ExceedsLimit"/>); the message names Marble and place.
    /// </exception>
    public static ManifestReport Check(Manifest manifest, long maxActionBytes)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return new ManifestChecks(manifest, rendersTemplates: false, new ActionBudget(maxActionBytes)).Run();
    }
}
