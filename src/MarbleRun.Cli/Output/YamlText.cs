using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MarbleRun.Cli.Output;

/// <summary>Writes JSON as YAML 1.2 blocks. Texts stay quoted as in JSON, so that no reader takes them for something else.</summary>
internal static class YamlText
{
    private static readonly JsonEncodedText s_empty = JsonEncodedText.Encode(string.Empty);

    public static string Of(JsonElement value)
    {
        var text = new StringBuilder();
        Write(text, value, indent: 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonElement value, int indent)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when value.EnumerateObject().Any():
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    text.Append(' ', indent).Append(Quote(member.Name)).Append(':');
                    WriteChild(text, member.Value, indent);
                }

                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                foreach (JsonElement item in value.EnumerateArray())
                {
                    text.Append(' ', indent).Append('-');
                    WriteChild(text, item, indent);
                }

                break;
            default:
                text.Append(' ', indent).Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static void WriteChild(StringBuilder text, JsonElement value, int indent)
    {
        bool isBlock = (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any())
            || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0);
        if (!isBlock)
        {
            text.Append(' ').Append(Scalar(value)).Append('\n');
            return;
        }

        text.Append('\n');
        Write(text, value, indent + 2);
    }

    private static string Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => $"\"{Encode(value.GetString()!)}\"",
        _ => value.GetRawText(),
    };

    /// <summary>A name of letters alone needs no quotes, unless YAML 1.1 reads it as a truth value.</summary>
    private static string Quote(string name) =>
        name.Length > 1
        && char.IsAsciiLetter(name[0])
        && name.All(char.IsAsciiLetterOrDigit)
        && name.ToLower(CultureInfo.InvariantCulture) is not ("true" or "false" or "yes" or "no" or "on" or "off" or "null")
            ? name
            : $"\"{Encode(name)}\"";

    private static string Encode(string text) => text.Length == 0
        ? s_empty.Value
        : JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value;
}
