using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Primitives;

namespace MarbleRun.Cli.Audit;

/// <summary>The heads of all trails, as <c>audit heads</c> writes them and <c>audit verify</c> reads them.</summary>
internal static class HeadList
{
    public static void Write(Utf8JsonWriter json, ImmutableSortedDictionary<string, AuditHead> heads)
    {
        json.WriteStartArray("heads");
        foreach ((string name, AuditHead head) in heads)
        {
            json.WriteStartObject();
            json.WriteString("replica", name);
            json.WriteNumber("sequence", head.Sequence);
            json.WriteString("hash", head.Hash);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <returns>The heads by the name of the Coordinator; null without a file.</returns>
    /// <exception cref="InputException">The file cannot be read, or is not such a list.</exception>
    public static async Task<ImmutableSortedDictionary<string, AuditHead>?> ReadAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return null;
        }

        byte[] content = await InputFile.ReadAsync(path, "list of heads", cancellationToken);
        try
        {
            using var document = JsonDocument.Parse(content);
            return document.RootElement.GetProperty("heads").EnumerateArray().ToImmutableSortedDictionary(
                head => head.GetProperty("replica").GetString()!,
                head => new AuditHead(head.GetProperty("sequence").GetInt64(), ReadHash(head.GetProperty("hash").GetString())),
                StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException or ArgumentException)
        {
            throw new InputException(
                $"The list of heads {path} is not what marblerun audit heads --format json prints: {exception.Message}", exception);
        }
    }

    private static string ReadHash(string? text) =>
        text is not null && HexText.Is(text, 32) ? text.ToLowerInvariant() : throw new FormatException("A hash has 64 hexadecimal digits.");
}
