namespace MarbleRun.Manifests.Reading;

/// <summary>A structure of the manifest: how error texts name it, and the members that it has.</summary>
/// <param name="Type">The name as a type, as in <c>of type manifest.Marble</c>.</param>
/// <param name="Structure">The name before a member's path, as in <c>Marble.Marbles.Package</c>.</param>
/// <param name="Members">The members.</param>
internal sealed record Shape(string Type, string Structure, params Member[] Members)
{
    /// <summary>
    /// Whether a member that is not known is an error. It is only ignored where manifests of MarbleRun 1.9 have always been free to add one.
    /// </summary>
    public bool RefusesUnknownMembers { get; init; }

    /// <summary>Names that are often written here but belong elsewhere, with the place where they belong.</summary>
    public IReadOnlyDictionary<string, string> Misplaced { get; init; } = new Dictionary<string, string>();

    /// <summary>The type of a map of it.</summary>
    public string MapType => $"map[string]{Type}";

    /// <summary>The type of a list of it.</summary>
    public string ListType => $"[]{Type}";

    /// <summary>The member that a name of the document means, or null.</summary>
    public Member? Find(string name) => Array.Find(Members, member => MemberNames.AreEqual(member.Name, name));

    /// <summary>A sentence that says what to do about a member that is not known.</summary>
    public string SuggestFor(string unknown) =>
        Misplaced.GetValueOrDefault(unknown)
        ?? Spelling.Suggest(unknown, Members.Select(member => member.Name))
        ?? $"Known here: {string.Join(", ", Members.Where(member => member.Advice is null).Select(member => member.Name))}.";
}
