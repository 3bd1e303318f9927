using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace MarbleRun.Audit;

/// <summary>Parses a line leniently: the caller compares the record's own line with it.</summary>
internal static class AuditLineReader
{
    public static AuditRecord? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A member of another type, or text with half a surrogate pair, causes the second one.
            return null;
        }
    }

    private static AuditRecord? Read(JsonElement root)
    {
        if (!root.TryGetProperty("seq", out JsonElement number) || !number.TryGetInt64(out long sequence)
            || Text(root, "time") is not { } text
            || !DateTimeOffset.TryParseExact(
                text, AuditRecord.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            || Text(root, "action") is not { } action
            || Outcome(Text(root, "outcome")) is not { } outcome
            || Text(root, "prev") is not { } previous
            || !root.TryGetProperty("details", out JsonElement details))
        {
            return null;
        }

        ImmutableSortedDictionary<string, string>.Builder values = ImmutableSortedDictionary.CreateBuilder<string, string>(
            StringComparer.Ordinal);
        foreach (JsonProperty detail in details.EnumerateObject())
        {
            values[detail.Name] = detail.Value.GetString() ?? string.Empty;
        }

        return new AuditRecord(sequence, time, action, outcome, previous)
        {
            User = Text(root, "user"),
            CertificateHash = Text(root, "certificate"),
            Details = values.ToImmutable(),
        };
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static AuditOutcome? Outcome(string? name)
    {
        foreach (AuditOutcome outcome in Enum.GetValues<AuditOutcome>().Where(o => o != AuditOutcome.Unknown))
        {
            if (AuditRecord.NameOf(outcome) == name)
            {
                return outcome;
            }
        }

        return null;
    }
}
