using System.Text.Json;

namespace MarbleRun.Activation;

/// <summary>Reads <c>marble-trust.json</c>. A member that is not known is refused: it may be a requirement with a slip of the pen.</summary>
internal static class TrustFile
{
    public const string Name = "marble-trust.json";

    private static readonly JsonDocumentOptions s_options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 16,
    };

    public static CoordinatorTrust Read(ReadOnlySpan<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), s_options);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{Name} is not JSON: {e.Message}", e);
        }
    }

    private static CoordinatorTrust Read(JsonElement file)
    {
        if (file.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("it is not an object; write { \"Roots\": [ \"…\" ] } or { \"None\": true }");
        }

        string[] roots = [];
        bool isNone = false;
        foreach (JsonProperty member in file.EnumerateObject())
        {
            switch (member.Name)
            {
                case "$schema":
                    break;
                case "None":
                    isNone = ReadFlag(member);
                    break;
                case "Roots":
                    roots = ReadTexts(member);
                    break;
                default:
                    throw Wrong($"'{member.Name}' is none of its members, which are Roots and None");
            }
        }

        if (isNone == roots.Length > 0)
        {
            throw Wrong(isNone ? "None stands beside requirements; remove it or them" : "it asks for nothing; if that is meant, write { \"None\": true }");
        }

        return isNone ? CoordinatorTrust.None : PinRoots(roots);
    }

    private static CoordinatorTrust PinRoots(string[] roots)
    {
        try
        {
            return CoordinatorTrust.PinRoots(roots);
        }
        catch (ArgumentException e)
        {
            throw Wrong($"Roots: {e.Message}", e);
        }
    }

    private static bool ReadFlag(JsonProperty member) =>
        member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? member.Value.GetBoolean() : throw Wrong($"{member.Name} is not true or false");

    private static string[] ReadTexts(JsonProperty member) =>
        member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            ? [.. member.Value.EnumerateArray().Select(e => e.GetString()!)]
            : throw Wrong($"{member.Name} is not a list of texts");

    private static FormatException Wrong(string what, Exception? cause = null) => new($"{Name} cannot be used: {what}.", cause);
}
