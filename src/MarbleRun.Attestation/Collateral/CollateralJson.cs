using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation.Checks;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation.Collateral;

/// <summary>Reads members of signed JSON documents strictly; each fault is a <see cref="FormatException"/> that names the member.</summary>
internal static class CollateralJson
{
    private const int MostDepth = 16;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>Without comments, trailing commas and duplicate keys.</summary>
    public static JsonDocumentOptions Strict => new() { MaxDepth = MostDepth, AllowDuplicateProperties = false };

    /// <summary>Reads a whole document, and returns every error as text.</summary>
    public static bool TryRead<T>(
        ReadOnlyMemory<byte> json,
        Func<JsonElement, T> read,
        [NotNullWhen(true)] out T? value,
        [NotNullWhen(false)] out string? fault)
        where T : class
    {
        if (json.Length > EvidenceLimits.MostDocumentBytes)
        {
            value = null;
            fault = $"the document has more than {EvidenceLimits.MostDocumentBytes} bytes";
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Strict);
            value = read(document.RootElement);
            fault = null;
            return true;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            value = null;
            fault = e.Message;
            return false;
        }
    }

    public static JsonElement Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw new FormatException($"{name} is not there or not of type {kind}");

    public static string Text(JsonElement parent, string name) => Member(parent, name, JsonValueKind.String).GetString()!;

    /// <summary>Hex in either case, of exactly this many bytes.</summary>
    public static byte[] Hex(JsonElement parent, string name, int size)
    {
        string text = Text(parent, name);
        var bytes = new byte[size];
        return HexText.TryDecode(text, bytes)
            ? bytes
            : throw new FormatException($"{name} is not {size} bytes in hex");
    }

    public static int Number(JsonElement parent, string name, int most) =>
        Member(parent, name, JsonValueKind.Number).TryGetInt32(out int number) && number >= 0 && number <= most
            ? number
            : throw new FormatException($"{name} is not a number of 0 to {most}");

    /// <summary>RFC 3339, UTC, whole seconds.</summary>
    public static DateTimeOffset Time(JsonElement parent, string name) =>
        DateTimeOffset.TryParseExact(
            Text(parent, name), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new FormatException($"{name} is not a time like 2026-01-31T12:00:00Z");
}
