using System.Collections.Immutable;
using System.Text.Json;

namespace MarbleRun.Cli.Manifests;

/// <summary>
/// One difference between the JSON of two manifests. The values are compared and not their meaning, so that nothing is left out because
/// this program does not know a member.
/// </summary>
/// <param name="Path">The names from the section to the value.</param>
/// <param name="Before">The value before; null if it was not there.</param>
/// <param name="After">The value after; null if it is not there any more.</param>
internal sealed record ManifestDifference(ImmutableArray<string> Path, JsonElement? Before, JsonElement? After)
{
    /// <summary>The order of arguments has a meaning; that of other lists of texts does not.</summary>
    private const string Arguments = "Argv";

    /// <summary>What happens, in one word.</summary>
    public string Change => Before is null ? "added" : After is null ? "removed" : "changed";

    /// <summary>Finds the differences, in the order of the members.</summary>
    public static IEnumerable<ManifestDifference> Find(JsonElement before, JsonElement after) => Compare([], before, after);

    /// <summary>Of a list whose order has no meaning, each item that is new or gone; of another value, the change of the whole.</summary>
    public IEnumerable<ManifestDifference> ByItem()
    {
        if (Before is not { } before || After is not { } after || !IsSet(before) || !IsSet(after))
        {
            return [this];
        }

        return
        [
            .. Missing(before, after).Select(item => new ManifestDifference(Path, item, null)),
            .. Missing(after, before).Select(item => new ManifestDifference(Path, null, item)),
        ];
    }

    private static IEnumerable<ManifestDifference> Compare(ImmutableArray<string> path, JsonElement before, JsonElement after)
    {
        if (JsonElement.DeepEquals(before, after))
        {
            return [];
        }

        return before.ValueKind == JsonValueKind.Object && after.ValueKind == JsonValueKind.Object
            ? CompareMembers(path, before, after)
            : [new ManifestDifference(path, before, after)];
    }

    private static IEnumerable<ManifestDifference> CompareMembers(ImmutableArray<string> path, JsonElement before, JsonElement after)
    {
        foreach (JsonProperty member in before.EnumerateObject())
        {
            ImmutableArray<string> name = path.Add(member.Name);
            IEnumerable<ManifestDifference> found = after.TryGetProperty(member.Name, out JsonElement other)
                ? Compare(name, member.Value, other)
                : [new ManifestDifference(name, member.Value, null)];
            foreach (ManifestDifference difference in found)
            {
                yield return difference;
            }
        }

        foreach (JsonProperty member in after.EnumerateObject().Where(member => !before.TryGetProperty(member.Name, out _)))
        {
            yield return new ManifestDifference(path.Add(member.Name), null, member.Value);
        }
    }

    private static IEnumerable<JsonElement> Missing(JsonElement from, JsonElement other) =>
        from.EnumerateArray().ExceptBy(other.EnumerateArray().Select(item => item.GetRawText()), item => item.GetRawText());

    private bool IsSet(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
        && !(Path is [.., var last] && last.EndsWith(Arguments, StringComparison.Ordinal))
        && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String);
}
