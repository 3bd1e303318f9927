using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Manifests.Reading;

/// <summary>Reads manifests without checking them; <c>ManifestChecker</c> does both.</summary>
public static class ManifestParser
{
    /// <summary>Reads a manifest.</summary>
    /// <param name="utf8Json">
    /// The text: JSON (RFC 8259) in UTF-8 without byte order mark, at most <see cref="Manifest.MaxLength"/> bytes.
    /// </param>
    /// <exception cref="ManifestException">The text is not JSON, or a member has the wrong type.</exception>
    public static Manifest Parse(ReadOnlySpan<byte> utf8Json) =>
        TryParse(utf8Json, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems)
            ? manifest
            : throw new ManifestException(problems);

    /// <summary>Reads a manifest without throwing.</summary>
    /// <param name="utf8Json">The text, as for <see cref="Parse"/>.</param>
    /// <param name="manifest">The manifest, or null if there was an error.</param>
    /// <param name="problems">
    /// Errors and warnings of the stage <see cref="ManifestStage.Syntax"/>: the error that a Coordinator reports comes first, warnings
    /// last.
    /// </param>
    /// <returns>Whether there was no error.</returns>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8Json, [NotNullWhen(true)] out Manifest? manifest, out ImmutableArray<ManifestProblem> problems) =>
        ManifestReader.TryRead(utf8Json, out manifest, out problems);
}
