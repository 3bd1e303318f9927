using System.Collections.Immutable;
using System.Text.Json;

namespace MarbleRun.Management;

/// <summary>Reads members of a reply, or throws an exception that names the wrong member.</summary>
internal static class ReplyMembers
{
    public static string GetText(JsonElement data, string name) =>
        Find(data, name) is { ValueKind: JsonValueKind.String } member ? member.GetString()! : throw Wrong(name, "text");

    public static int GetNumber(JsonElement data, string name) =>
        Find(data, name) is { ValueKind: JsonValueKind.Number } member && member.TryGetInt32(out int value)
            ? value
            : throw Wrong(name, "an integer");

    public static ulong GetUnsigned(JsonElement data, string name) =>
        Find(data, name) is { ValueKind: JsonValueKind.Number } member && member.TryGetUInt64(out ulong value)
            ? value
            : throw Wrong(name, "a whole number");

    /// <summary>A text; null if it is absent or null.</summary>
    public static string? FindText(JsonElement data, string name) => Find(data, name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } member => member.GetString(),
        _ => throw Wrong(name, "text"),
    };

    public static JsonElement GetObject(JsonElement data, string name) =>
        Find(data, name) is { ValueKind: JsonValueKind.Object } found ? found : throw Wrong(name, "an object");

    /// <summary>Bytes in base64; null means empty.</summary>
    public static byte[] GetBytes(JsonElement data, string name) => Find(data, name) switch
    {
        { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.String } member when member.TryGetBytesFromBase64(out byte[]? value) => value,
        _ => throw Wrong(name, "base64"),
    };

    public static bool GetFlag(JsonElement data, string name) => Find(data, name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>Texts; null means empty.</summary>
    public static ImmutableArray<string> GetTexts(JsonElement data, string name) => Find(data, name) switch
    {
        { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.Array } array when array.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) =>
            [.. array.EnumerateArray().Select(e => e.GetString()!)],
        _ => throw Wrong(name, "a list of texts"),
    };

    /// <summary>The elements of an array.</summary>
    public static IEnumerable<JsonElement> GetItems(JsonElement data, string name) =>
        Find(data, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : throw Wrong(name, "a list");

    /// <summary>The members of an object.</summary>
    public static IEnumerable<JsonProperty> GetMembers(JsonElement data, string name) =>
        Find(data, name) is { ValueKind: JsonValueKind.Object } found ? found.EnumerateObject() : throw Wrong(name, "an object");

    private static JsonElement? Find(JsonElement data, string name) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(name, out JsonElement member) ? member : null;

    private static CoordinatorException Wrong(string name, string expected) =>
        CoordinatorConnection.Invalid($"'{name}' is missing or not {expected}");
}
