using System.Collections.Immutable;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests;

/// <summary>Additional results of reading a text: the places of the entries, and warnings.</summary>
internal sealed class ManifestSource(IReadOnlyDictionary<string, int> offsets, LineTable lines)
{
    public static ManifestSource None { get; } = new(ImmutableDictionary<string, int>.Empty, new LineTable([]));

    /// <summary>The warnings of the stage <see cref="ManifestStage.Syntax"/>.</summary>
    public ImmutableArray<ManifestProblem> Warnings { get; init; } = [];

    /// <summary>The length of the text, in bytes; 0 without a text.</summary>
    public int TextLength { get; init; }

    /// <summary>The byte offset of a path in the text, for the order of the document; paths without text come last.</summary>
    public int OffsetOf(string path) => offsets.GetValueOrDefault(path, int.MaxValue);

    /// <summary>Returns line and column of a path, or of the nearest enclosing place that has a position.</summary>
    public (int Line, int Column)? Locate(string path)
    {
        // A cut inside a quoted name results in an invalid path, which is not found.
        for (int length = path.Length; length > 0; length = path.LastIndexOfAny(['.', '['], length - 1))
        {
            if (offsets.TryGetValue(path[..length], out int offset))
            {
                return lines.Locate(offset);
            }
        }

        return null;
    }
}
