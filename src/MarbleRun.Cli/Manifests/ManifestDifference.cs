using System.Text.Json;

namespace MarbleRun.Cli.Manifests;

/// <summary>One difference between two manifests.</summary>
/// <param name="Path">The member, <c>Packages.backend.SecurityVersion</c>.</param>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Before">The value before, JSON, or null.</param>
/// <param name="After">The value after, JSON, or null.</param>
internal sealed record ManifestDifference(string Path, string Change, string? Before, string? After)
{
    private const int LongestValue = 120;

    /// <summary>Lists of texts are compared as sets: their order has no meaning in a manifest, but for arguments.</summary>
    private const string Arguments = "Argv";

    public static IEnumerable<ManifestDifference> Find(JsonElement before, JsonElement after) => Compare(string.Empty, before, after);

    public override string ToString() => Change switch
    {
        "added" => $"{Path} is new: {Short(After)}",
        "removed" => $"{Path} is gone: it was {Short(Before)}",
        _ => $"{Path}: {Short(Before)} becomes {Short(After)}",
    };

    private static IEnumerable<ManifestDifference> Compare(string path, JsonElement before, JsonElement after)
    {
        if (before.ValueKind == JsonValueKind.Object && after.ValueKind == JsonValueKind.Object)
        {
            return CompareMembers(path, before, after);
        }

        if (IsSet(path, before) && IsSet(path, after))
        {
            return CompareSets(path, before, after);
        }

        return JsonElement.DeepEquals(before, after)
            ? []
            : [new ManifestDifference(path, "changed", before.GetRawText(), after.GetRawText())];
    }

    private static IEnumerable<ManifestDifference> CompareMembers(string path, JsonElement before, JsonElement after)
    {
        IEnumerable<string> names = before.EnumerateObject().Concat(after.EnumerateObject()).Select(m => m.Name).Distinct();
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            string member = path.Length == 0 ? name : $"{path}.{name}";
            bool was = before.TryGetProperty(name, out JsonElement old);
            bool stays = after.TryGetProperty(name, out JsonElement next);
            IEnumerable<ManifestDifference> found = (was, stays) switch
            {
                (true, true) => Compare(member, old, next),
                (true, false) => [new ManifestDifference(member, "removed", old.GetRawText(), null)],
                _ => [new ManifestDifference(member, "added", null, next.GetRawText())],
            };
            foreach (ManifestDifference difference in found)
            {
                yield return difference;
            }
        }
    }

    private static IEnumerable<ManifestDifference> CompareSets(string path, JsonElement before, JsonElement after)
    {
        string[] old = [.. before.EnumerateArray().Select(e => e.GetRawText())];
        string[] next = [.. after.EnumerateArray().Select(e => e.GetRawText())];
        return
        [
            .. old.Except(next).Select(text => new ManifestDifference(path, "removed", text, null)),
            .. next.Except(old).Select(text => new ManifestDifference(path, "added", null, text)),
        ];
    }

    private static bool IsSet(string path, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
        && !path.EndsWith(Arguments, StringComparison.Ordinal)
        && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String);

    private static string? Short(string? json)
    {
        if (json is null)
        {
            return null;
        }

        string line = string.Join(' ', json.Split((char[])['\r', '\n', ' '], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= LongestValue ? line : string.Concat(line.AsSpan(0, LongestValue), "…");
    }
}
