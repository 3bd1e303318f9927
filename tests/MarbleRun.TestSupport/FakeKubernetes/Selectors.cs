using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>Label and field selectors ("Labels and Selectors", "Field Selectors").</summary>
public static partial class Selectors
{
    /// <summary>A predicate over objects.</summary>
    /// <exception cref="ApiStatusException">A selector is not valid.</exception>
    public static Func<JsonObject, bool> Parse(string resource, string? labels, string? fields)
    {
        Func<JsonObject, bool>[] requirements =
        [
            .. Label().Matches(RequireWhole(Labels(), labels)).Select(ParseLabel),
            .. (fields ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(f => ParseField(resource, f)),
        ];
        return o => Array.TrueForAll(requirements, r => r(o));
    }

    private static string RequireWhole(Regex form, string? text) =>
        form.IsMatch(text ?? string.Empty) ? text ?? string.Empty
            : throw ApiStatusException.BadRequest($"unable to parse requirement: {text}");

    private static Func<JsonObject, bool> ParseLabel(Match match)
    {
        string key = match.Groups["key"].Value;
        string[] values = match.Groups["values"].Success
            ? [.. match.Groups["values"].Value.Split(',').Select(v => v.Trim())]
            : [match.Groups["value"].Value];
        return match.Groups["operator"].Value.Trim() switch
        {
            "in" or "=" or "==" => o => ValueOf(o) is { } value && values.Contains(value),
            "notin" or "!=" => o => ValueOf(o) is not { } value || !values.Contains(value),
            _ when match.Groups["not"].Success => o => ValueOf(o) is null,
            _ => o => ValueOf(o) is not null,
        };

        string? ValueOf(JsonObject o) => (string?)o["metadata"]!["labels"]?[key];
    }

    private static Func<JsonObject, bool> ParseField(string resource, string text)
    {
        Match match = Field().Match(text);
        string path = match.Groups["path"].Value;
        string value = match.Groups["value"].Value;
        Func<JsonObject, string?> read = path switch
        {
            "metadata.name" => o => (string?)o["metadata"]!["name"],
            "metadata.namespace" => o => (string?)o["metadata"]!["namespace"],
            "type" when resource == "secrets" => o => (string?)o["type"],
            _ => throw ApiStatusException.BadRequest($"field label not supported: {path}"),
        };
        bool isEqual = match.Groups["operator"].Value != "!=";
        return o => (read(o) == value) == isEqual;
    }

    [GeneratedRegex(@"^(?:[^,()]*(?:\([^()]*\))?(?:,|\z))*\z")]
    private static partial Regex Labels();

    [GeneratedRegex(
        @"(?:^|,)\s*(?:(?<not>!)(?<key>[\w./-]+)|(?<key>[\w./-]+)\s*(?:(?<operator>==|!=|=)\s*(?<value>[\w.-]*)|"
        + @"(?<operator>\bin\b|\bnotin\b)\s*\((?<values>[^)]*)\))?)\s*(?=,|\z)")]
    private static partial Regex Label();

    [GeneratedRegex(@"^(?<path>[\w.]+)(?<operator>==|!=|=)(?<value>.*)\z")]
    private static partial Regex Field();
}
