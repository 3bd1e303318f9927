using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Cli.Manifests;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>The differences between two manifests as texts for a page.</summary>
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
        return
        [
            .. ManifestDifference.Find(old.RootElement, update.RootElement)
                .Take(MaxChanges + 1)
                .Select(difference => new ValueChange(
                    string.Join(" › ", difference.Path), difference.Change, Text(difference.Before), Text(difference.After))),
        ];
    }

    private static string? Text(JsonElement? value)
    {
        if (value is not { } element)
        {
            return null;
        }

        string whole = JsonText.Write(element.WriteTo);
        return whole.Length <= MaxValue ? whole : $"{whole[..MaxValue]}… ({whole.Length} characters)";
    }
}
