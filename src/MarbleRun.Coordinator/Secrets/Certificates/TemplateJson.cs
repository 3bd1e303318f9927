using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>Reads the values inside a certificate template; faults name the member.</summary>
internal static class TemplateJson
{
    /// <summary>Members that are not null; names match without regard to case, and of several the last counts.</summary>
    /// <exception cref="CertificateTemplateException">It is no object.</exception>
    public static Dictionary<string, JsonElement> Members(JsonElement element, string member)
    {
        Demand(element.ValueKind == JsonValueKind.Object, member, "an object");
        var members = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty property in element.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null))
        {
            members[property.Name] = property.Value;
        }

        return members;
    }

    public static string Text(JsonElement element, string member)
    {
        Demand(element.ValueKind == JsonValueKind.String, member, "a string");
        return element.GetString()!;
    }

    public static bool Boolean(JsonElement element, string member)
    {
        Demand(element.ValueKind is JsonValueKind.True or JsonValueKind.False, member, "true or false");
        return element.GetBoolean();
    }

    public static int Integer(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) ? number : throw Fault(member, "a whole number");

    public static DateTimeOffset Time(JsonElement element, string member) =>
        DateTimeOffset.TryParse(Text(element, member), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.ToUniversalTime()
            : throw Fault(member, "a time such as \"2040-12-31T23:59:59Z\"");

    public static ImmutableArray<T> List<T>(JsonElement element, string member, Func<JsonElement, string, T> read)
    {
        Demand(element.ValueKind == JsonValueKind.Array, member, "an array");
        return [.. element.EnumerateArray().Select(item => read(item, member))];
    }

    /// <summary>A base64 string, or an array of numbers up to 255.</summary>
    public static byte[] Bytes(JsonElement element, string member)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            return [.. element.EnumerateArray().Select(b => b.ValueKind == JsonValueKind.Number && b.TryGetByte(out byte value)
                ? value
                : throw Fault(member, "bytes"))];
        }

        return element.ValueKind == JsonValueKind.String && element.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw Fault(member, "a base64 string");
    }

    /// <summary>An object identifier as an array of its arcs.</summary>
    public static string ObjectIdentifier(JsonElement element, string member)
    {
        Demand(element.ValueKind == JsonValueKind.Array, member, "an object identifier as an array of numbers");
        return ObjectIdentifier(string.Join('.', element.EnumerateArray().Select(arc => arc.GetRawText())), member);
    }

    /// <summary>An object identifier in dots (X.660: the first arc is 0, 1 or 2, and below 0 and 1 the second is less than 40).</summary>
    public static string ObjectIdentifier(string text, string member)
    {
        string[] arcs = text.Split('.');
        bool isValid = arcs.Length is >= 2 and <= 64
            && arcs.All(arc => arc.Length is > 0 and <= 18 && arc.All(char.IsAsciiDigit) && (arc.Length == 1 || arc[0] != '0'))
            && (arcs[0] == "2" || (arcs[0] is "0" or "1" && long.Parse(arcs[1], CultureInfo.InvariantCulture) < 40));
        Demand(isValid, member, "an object identifier");
        return text;
    }

    /// <summary>Text for a certificate's IA5String; nobody shall read it in two ways.</summary>
    public static string PlainText(JsonElement element, string member) => PlainText(Text(element, member), member);

    public static string PlainText(string text, string member)
    {
        Demand(text.Length > 0 && text.All(c => c is > ' ' and < '\x7f'), member, "ASCII text without blanks and control characters, and not empty");
        return text;
    }

    public static CertificateTemplateException Fault(string member, string expected) => new($"Cert.{member} must be {expected}");

    private static void Demand(bool holds, string member, string expected)
    {
        if (!holds)
        {
            throw Fault(member, expected);
        }
    }
}
