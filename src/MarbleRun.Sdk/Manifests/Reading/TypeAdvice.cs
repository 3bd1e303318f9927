using System.Globalization;
using System.Text;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>The remedies for a value of another type than its member has.</summary>
internal static class TypeAdvice
{
    /// <summary>Longer values are not repeated.</summary>
    private const int MaxShown = 80;

    /// <summary>Returns the remedy, or null.</summary>
    public static string? For(JsonValue value, Place place, string type) => (value.Kind, type) switch
    {
        (JsonKind.Number or JsonKind.True or JsonKind.False, "string") => $"Write it in double quotes{Shown(value)}.",
        (JsonKind.String, "bool") when value.GetString() is { } text
            && bool.TryParse(text, out bool flag) => $"Write {(flag ? "true" : "false")} without quotes.",
        (JsonKind.Number, "bool") => "Write true or false.",
        (JsonKind.String, _) when type.StartsWith("uint", StringComparison.Ordinal) => OfNumber(value.GetString()),
        (JsonKind.Object, "[]string") when place.Fields.EndsWith("Marbles.TLS", StringComparison.Ordinal) || place.Fields == "TLS" =>
            "A Marble's TLS is a list of tags, for instance [\"web\"]; the section TLS of the manifest defines the tags.",
        (JsonKind.String, "[]string") => "Write a list, also for a single entry: [\"…\"].",
        (JsonKind.Object, _) when type.StartsWith("[]", StringComparison.Ordinal) => "Write a list, also for a single entry: [ { … } ].",
        (JsonKind.Array, _) when type.StartsWith("map[", StringComparison.Ordinal) =>
            "Write an object whose members are named: { \"name\": … }.",
        (JsonKind.Array or JsonKind.Object, "string") => "Write one text in double quotes.",
        _ => null,
    };

    private static string OfNumber(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? string.Create(CultureInfo.InvariantCulture, $"Write the number without quotes: {number}.")
            : "Write a whole number without quotes.";

    /// <summary>A number with an exponent may have lost digits in the conversion from YAML.</summary>
    private static string Shown(JsonValue value)
    {
        bool mayHaveLostDigits = value.Kind == JsonKind.Number && value.Raw.IndexOfAny("eE"u8) >= 0;
        return value.Raw.Length <= MaxShown && !mayHaveLostDigits ? $": \"{Encoding.ASCII.GetString(value.Raw)}\"" : string.Empty;
    }
}
