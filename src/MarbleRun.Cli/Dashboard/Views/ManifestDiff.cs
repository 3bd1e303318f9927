using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>
/// Compares the JSON of two manifests value by value. It compares the text and not the meaning, so that nothing of an update is left out
/// because this program does not know a member.
/// </summary>
internal static class ManifestDiff
{
    /// <summary>More changes are not listed one by one.</summary>
    public const int MaxChanges = 500;

    /// <summary>A longer value is cut; the download has it whole.</summary>
    private const int MaxValue = 400;

    private const int MaxDepth = 64;

    /// <summary>The differences in the order of the members; at most one more than <see cref="MaxChanges"/>.</summary>
    /// <exception cref="JsonException">One of them is not JSON.</exception>
    public static ImmutableArray<ValueChange> Compare(ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> after)
    {
        var options = new JsonDocumentOptions { MaxDepth = MaxDepth };
        using var old = JsonDocument.Parse(before, options);
        using var update = JsonDocument.Parse(after, options);
        var changes = ImmutableArray.CreateBuilder<ValueChange>();
        Compare(string.Empty, old.RootElement, update.RootElement, changes);
        return changes.ToImmutable();
    }

    private static void Compare(string path, JsonElement before, JsonElement after, ImmutableArray<ValueChange>.Builder changes)
    {
        if (changes.Count > MaxChanges || JsonElement.DeepEquals(before, after))
        {
            return;
        }

        if (before.ValueKind != JsonValueKind.Object || after.ValueKind != JsonValueKind.Object)
        {
            changes.Add(new ValueChange(path, Text(before), Text(after)));
            return;
        }

        foreach (JsonProperty member in before.EnumerateObject())
        {
            if (after.TryGetProperty(member.Name, out JsonElement other))
            {
                Compare(Join(path, member.Name), member.Value, other, changes);
            }
            else
            {
                changes.Add(new ValueChange(Join(path, member.Name), Text(member.Value), null));
            }
        }

        foreach (JsonProperty member in after.EnumerateObject().Where(member => !before.TryGetProperty(member.Name, out _)))
        {
            changes.Add(new ValueChange(Join(path, member.Name), null, Text(member.Value)));
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path} › {name}";

    private static string Text(JsonElement value)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions
        {
            Indented = true,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }))
        {
            value.WriteTo(writer);
        }

        string whole = Encoding.UTF8.GetString(text.ToArray());
        return whole.Length <= MaxValue ? whole : $"{whole[..MaxValue]}… ({whole.Length} characters)";
    }
}
