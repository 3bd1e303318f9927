using System.Collections.Immutable;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>Reads structures and maps.</summary>
internal sealed partial class ManifestReader
{
    private const string KeepOne = "Keep one; other readers of the same text may use another one.";

    /// <summary>Reads a structure and merges it into an earlier occurrence.</summary>
    public T ReadStructure<T>(JsonValue value, Place place, T current, Shape<T> shape)
    {
        if (value.Kind == JsonKind.Null)
        {
            return current;
        }

        if (value.Kind != JsonKind.Object)
        {
            Mismatch(value, place, shape.Type);
            return current;
        }

        Record(value, place);
        var seen = new HashSet<string>();
        foreach ((JsonValue name, JsonValue member) in value.Members())
        {
            string spelling = name.GetString();
            if (spelling.Length > MaxNameLength)
            {
                Fatal(name, place, $"a name is too long: {spelling.Length} characters, at most {MaxNameLength} are read");
                continue;
            }

            if (shape.Find(spelling) is not { } known)
            {
                ReportUnknown(name, spelling, member, place, shape);
                continue;
            }

            Place memberPlace = place.Member(shape.Structure, known.Name);
            if (!seen.Add(known.Name))
            {
                Warn(name, memberPlace, $"member {known.Name} occurs twice", KeepOne);
            }

            if (known.Advice is not null)
            {
                Warn(name, memberPlace, $"{known.Name} has no effect", known.Advice);
            }

            Record(member, memberPlace);
            current = known.Apply(this, member, memberPlace, current);
        }

        return current;
    }

    private void ReportUnknown(JsonValue name, string spelling, JsonValue member, Place place, Shape shape)
    {
        if (member.Raw.IndexOf("PRIVATE KEY-----"u8) >= 0)
        {
            Warn(
                name,
                place.Entry(spelling),
                $"member {spelling} contains a private key, which anyone can read in the manifest",
                "Remove it, and replace the key.");
        }

        // The search for the intended name costs more than reading.
        if (shape.RefusesUnknownMembers && _mismatches.Count < MaxProblems)
        {
            Wrong(name, place.Entry(spelling), $"unknown member {spelling}", shape.SuggestFor(spelling));
        }
        else if (!shape.RefusesUnknownMembers && _warnings.Count < MaxProblems)
        {
            Warn(name, place.Entry(spelling), $"unknown member {spelling} is ignored", shape.SuggestFor(spelling));
        }
    }

    /// <summary>Reads a map's entries into an earlier occurrence of the map; each entry starts empty.</summary>
    public ImmutableSortedDictionary<string, T> ReadMap<T>(
        JsonValue value, Place place, ImmutableSortedDictionary<string, T> current, string type, Form<T> inner)
    {
        if (value.Kind == JsonKind.Null)
        {
            return Maps.Empty<T>();
        }

        if (value.Kind != JsonKind.Object)
        {
            Mismatch(value, place, type);
            return current;
        }

        ImmutableSortedDictionary<string, T>.Builder entries = current.ToBuilder();
        foreach ((JsonValue name, JsonValue entry) in value.Members())
        {
            string key = name.GetString();
            if (key.Length > MaxNameLength)
            {
                Fatal(name, place, $"a name is too long: {key.Length} characters, at most {MaxNameLength} are read");
                continue;
            }

            Place entryPlace = place.Entry(key);
            if (entries.ContainsKey(key))
            {
                Warn(name, entryPlace, $"entry {key} occurs twice, the later one counts", KeepOne);
            }

            Record(entry, entryPlace);
            entries[key] = inner.Read(this, entry, entryPlace, inner.Empty);
        }

        return entries.ToImmutable();
    }
}
