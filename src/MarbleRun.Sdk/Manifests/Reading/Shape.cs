namespace MarbleRun.Manifests.Reading;

/// <summary>A structure of the manifest: how error texts name it, and the members that it has.</summary>
internal sealed class Shape(string package, string name, params string[] members)
{
    /// <summary>The name alone, as in <c>Marble.Marbles.Package</c>.</summary>
    public string Name => name;

    /// <summary>The name as a type, as in <c>of type manifest.Marble</c>.</summary>
    public string Type => $"{package}.{name}";

    /// <summary>The type of a map of it.</summary>
    public string MapType => $"map[string]{Type}";

    /// <summary>The type of a list of it.</summary>
    public string ListType => $"[]{Type}";

    public string[] Members => members;

    /// <summary>A sentence with all members.</summary>
    public string KnownMembers => $"Known here: {string.Join(", ", members)}.";
}
