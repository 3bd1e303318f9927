namespace MarbleRun.Manifests.Reading;

/// <summary>A structure of the manifest: how error texts name it, and the members that it has.</summary>
/// <param name="Package">Where peers define it, as in <c>of type manifest.Marble</c>.</param>
/// <param name="Name">The name alone, as in <c>Marble.Marbles.Package</c>.</param>
/// <param name="Members">The members.</param>
internal sealed record Shape(string Package, string Name, params string[] Members)
{
    /// <summary>
    /// Whether a member that is not known is an error. It is only ignored where manifests of MarbleRun 1.9 have always been free to add one.
    /// </summary>
    public bool RefusesUnknownMembers { get; init; }

    /// <summary>The name as a type, as in <c>of type manifest.Marble</c>.</summary>
    public string Type => $"{Package}.{Name}";

    /// <summary>The type of a map of it.</summary>
    public string MapType => $"map[string]{Type}";

    /// <summary>The type of a list of it.</summary>
    public string ListType => $"[]{Type}";

    /// <summary>A sentence with all members.</summary>
    public string KnownMembers => $"Known here: {string.Join(", ", Members)}.";
}
