using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>The parameters that a Marble gets at its activation: the manifest's <c>Parameters</c>.</summary>
public sealed record ParametersDefinition
{
    /// <summary>Path → content; the path is used unchanged. JSON: <c>Files</c>.</summary>
    public ImmutableSortedDictionary<string, ManifestFile> Files { get; init; } = Maps.Empty<ManifestFile>();

    /// <summary>Name of the environment variable → content. JSON: <c>Env</c>.</summary>
    public ImmutableSortedDictionary<string, ManifestFile> Environment { get; init; } = Maps.Empty<ManifestFile>();

    /// <summary>The arguments, the program's name first, without templates. JSON: <c>Argv</c>.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>Compares all members; the order of the arguments counts.</summary>
    /// <param name="other">The other parameters.</param>
    public bool Equals(ParametersDefinition? other) =>
        other is not null
        && ItemEquality.SameEntries(Files, other.Files)
        && ItemEquality.SameEntries(Environment, other.Environment)
        && Arguments.AsSpan().SequenceEqual(other.Arguments.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Files.Count, Environment.Count, Arguments.Length);
}
