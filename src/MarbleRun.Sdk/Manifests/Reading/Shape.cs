namespace MarbleRun.Manifests.Reading;

/// <summary>A structure of the manifest: its name in error texts, and its members.</summary>
/// <param name="type">The name as a type, as in <c>of type manifest.Marble</c>.</param>
/// <param name="structure">The name before a member's path, as in <c>Marble.Marbles.Package</c>.</param>
internal abstract class Shape(string type, string structure)
{
    public string Type { get; } = type;

    public string Structure { get; } = structure;

    public abstract IReadOnlyList<Member> Members { get; }

    /// <summary>
    /// Whether an unknown member is an error. It is ignored only where manifests of MarbleRun 1.9 have always allowed additional members.
    /// </summary>
    public bool RefusesUnknownMembers { get; init; }

    /// <summary>Names that are often written here but belong to another place, with that place.</summary>
    public IReadOnlyDictionary<string, string> Misplaced { get; init; } = new Dictionary<string, string>();

    /// <summary>Returns the remedy for an unknown member.</summary>
    public string SuggestFor(string unknown) =>
        Misplaced.GetValueOrDefault(unknown)
        ?? Spelling.Suggest(unknown, Members.Select(member => member.Name))
        ?? $"Known here: {string.Join(", ", Members.Where(member => member.Advice is null).Select(member => member.Name))}.";
}

/// <summary>
/// A structure that is read into a record: each member is declared together with the property that it sets, so that none can be forgotten.
/// </summary>
internal sealed class Shape<T>(string type, string structure) : Shape(type, structure)
{
    private readonly List<Member<T>> _members = [];

    public override IReadOnlyList<Member> Members => _members;

    /// <summary>Adds a member.</summary>
    /// <param name="name">The usual spelling of the name.</param>
    /// <param name="form">The form of its value.</param>
    /// <param name="get">Returns the value of an earlier occurrence.</param>
    /// <param name="set">Returns the record with the value.</param>
    public Shape<T> With<TValue>(string name, Form<TValue> form, Func<T, TValue> get, Func<T, TValue, T> set)
    {
        _members.Add(
            new Member<T>(name, form, (reader, value, place, current) => set(current, form.Read(reader, value, place, get(current)))));
        return this;
    }

    /// <summary>Adds a member whose type is checked and which has no effect.</summary>
    /// <param name="name">The usual spelling of the name.</param>
    /// <param name="form">The form of its value.</param>
    /// <param name="advice">What to do instead; null for no advice.</param>
    public Shape<T> WithoutEffect<TValue>(string name, Form<TValue> form, string? advice = "Remove it.")
    {
        _members.Add(new Member<T>(name, form, (reader, value, place, current) =>
        {
            form.Read(reader, value, place, form.Empty);
            return current;
        })
        {
            Advice = advice,
        });
        return this;
    }

    /// <summary>Returns the member for a name in the document, or null.</summary>
    public Member<T>? Find(string name) => _members.Find(member => MemberNames.AreEqual(member.Name, name));
}
