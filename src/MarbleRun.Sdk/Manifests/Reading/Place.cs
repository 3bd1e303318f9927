namespace MarbleRun.Manifests.Reading;

/// <summary>
/// Where a value stands, twice: as a JSON path for people, and as the structure and fields that error texts of the protocol name
/// (map keys and indices left out).
/// </summary>
internal sealed class Place
{
    private readonly Place? _parent;
    private readonly string _segment;

    private Place(Place? parent, string segment, string structure, string fields)
    {
        _parent = parent;
        _segment = segment;
        Structure = structure;
        Fields = fields;
        Length = (parent?.Length ?? 0) + segment.Length;
    }

    public static Place Root { get; } = new(null, "$", string.Empty, string.Empty);

    /// <summary>The innermost structure, for instance <c>Marble</c>; empty at the root.</summary>
    public string Structure { get; }

    /// <summary>The fields from the root, for instance <c>Marbles.MaxActivations</c>.</summary>
    public string Fields { get; }

    /// <summary>The length of the JSON path, in characters, without making it.</summary>
    public int Length { get; }

    /// <summary>A member of a structure.</summary>
    public Place Member(string structure, string name) => new(this, JsonPath.Segment(name), structure, Fields.Length == 0 ? name : $"{Fields}.{name}");

    /// <summary>An entry of a map.</summary>
    public Place Entry(string key) => new(this, JsonPath.Segment(key), Structure, Fields);

    /// <summary>An element of an array.</summary>
    public Place Element(int index) => new(this, JsonPath.Index(index), Structure, Fields);

    /// <summary>The JSON path.</summary>
    public override string ToString()
    {
        var segments = new Stack<string>();
        for (Place? place = this; place is not null; place = place._parent)
        {
            segments.Push(place._segment);
        }

        return string.Concat(segments);
    }
}
