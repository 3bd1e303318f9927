using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>What reading a text left besides the values: where the entries stand, and what was odd about them.</summary>
internal sealed class ManifestSource(IReadOnlyDictionary<string, int> offsets, LineTable lines)
{
    public static ManifestSource None { get; } = new(ImmutableDictionary<string, int>.Empty, new LineTable([]));

    /// <summary>The warnings of the stage <see cref="ManifestStage.Syntax"/>.</summary>
    public ImmutableArray<ManifestProblem> Warnings { get; init; } = [];

    /// <summary>Where a path begins in the text, in bytes, for the order of the document; paths without text come last.</summary>
    public int OffsetOf(string path) => offsets.GetValueOrDefault(path, int.MaxValue);

    /// <summary>Line and column of a path, or of the nearest place around it that has a text.</summary>
    public (int Line, int Column)? Locate(string path)
    {
        // A cut inside a quoted name gives no path, and so finds nothing.
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
