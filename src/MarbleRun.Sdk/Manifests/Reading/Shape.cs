namespace MarbleRun.Manifests.Reading;

/// <summary>A structure of the manifest: how error texts name it, and the members that it has.</summary>
/// <param name="type">The name as a type, as in <c>of type manifest.Marble</c>.</param>
/// <param name="structure">The name before a member's path, as in <c>Marble.Marbles.Package</c>.</param>
internal abstract class Shape(string type, string structure)
{
    public string Type { get; } = type;

    public string Structure { get; } = structure;

    public abstract IReadOnlyList<Member> Members { get; }

    /// <summary>
    /// Whether a member that is not known is an error. It is only ignored where manifests of MarbleRun 1.9 have always been free to add one.
    /// </summary>
    public bool RefusesUnknownMembers { get; init; }

    /// <summary>Names that are often written here but belong elsewhere, with the place where they belong.</summary>
    public IReadOnlyDictionary<string, string> Misplaced { get; init; } = new Dictionary<string, string>();

    /// <summary>A sentence that says what to do about a member that is not known.</summary>
    public string SuggestFor(string unknown) =>
        Misplaced.GetValueOrDefault(unknown)
        ?? Spelling.Suggest(unknown, Members.Select(member => member.Name))
        ?? $"Known here: {string.Join(", ", Members.Where(member => member.Advice is null).Select(member => member.Name))}.";
}

/// <summary>A structure that is read into a record: each member stands beside the property that it sets, so that none can be forgotten.</summary>
internal sealed class Shape<T>(string type, string structure) : Shape(type, structure)
{
    private readonly List<Member<T>> _members = [];

    public override IReadOnlyList<Member> Members => _members;

    /// <summary>Adds a member.</summary>
    /// <param name="name">The name, as manifests usually spell it.</param>
    /// <param name="form">What it holds.</param>
    /// <param name="get">The value that an earlier occurrence left.</param>
    /// <param name="set">The record with the value.</param>
    public Shape<T> With<TValue>(string name, Form<TValue> form, Func<T, TValue> get, Func<T, TValue, T> set)
    {
        _members.Add(new Member<T>(name, form, (reader, value, place, current) => set(current, form.Read(reader, value, place, get(current)))));
        return this;
    }

    /// <summary>Adds a member whose type is checked and which has no effect.</summary>
    /// <param name="name">The name, as manifests usually spell it.</param>
    /// <param name="form">What it holds.</param>
    /// <param name="advice">What to do instead; null if there is nothing to say.</param>
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

    /// <summary>The member that a name of the document means, or null.</summary>
    public Member<T>? Find(string name) => _members.Find(member => MemberNames.AreEqual(member.Name, name));
}
