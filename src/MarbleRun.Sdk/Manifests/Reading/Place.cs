using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// The place of a value in two forms: a JSON path for people, and the structure and fields in the protocol's error texts (map keys and
/// indices omitted).
/// </summary>
internal sealed class Place
{
    private readonly Place? _parent;
    private readonly string _segment;

    /// <summary>Empty for map entries and elements.</summary>
    private readonly string _field;

    private Place(Place? parent, string segment, string structure, string field)
    {
        _parent = parent;
        _segment = segment;
        _field = field;
        Structure = structure;
        Length = (parent?.Length ?? 0) + segment.Length;
    }

    public static Place Root { get; } = new(null, "$", string.Empty, string.Empty);

    /// <summary>The innermost structure, for instance <c>Marble</c>; empty at the root.</summary>
    public string Structure { get; }

    /// <summary>The fields from the root, for instance <c>Marbles.MaxActivations</c>.</summary>
    public string Fields =>
        _field.Length == 0 ? _parent?.Fields ?? string.Empty : _parent?.Fields is { Length: > 0 } outer ? $"{outer}.{_field}" : _field;

    /// <summary>The length of the JSON path, in characters, computed without creating it.</summary>
    public int Length { get; }

    /// <summary>A member of a structure.</summary>
    public Place Member(string structure, string name) => new(this, JsonPath.Segment(name), structure, name);

    /// <summary>An entry of a map.</summary>
    public Place Entry(string key) => new(this, JsonPath.Segment(key), Structure, string.Empty);

    /// <summary>An element of an array.</summary>
    public Place Element(int index) => new(this, JsonPath.Index(index), Structure, string.Empty);

    /// <summary>Returns the JSON path.</summary>
    public override string ToString() => string.Create(Length, this, static (text, innermost) =>
    {
        for (Place? place = innermost; place is not null; place = place._parent)
        {
            place._segment.CopyTo(text[(place.Length - place._segment.Length)..]);
        }
    });
}
