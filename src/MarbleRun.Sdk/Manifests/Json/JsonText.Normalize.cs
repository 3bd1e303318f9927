using System.Buffers;
using System.Text.Json;

namespace MarbleRun.Manifests.Json;

/// <summary>Rewriting a value so that readers which refuse invalid Unicode and deep nesting can take it.</summary>
internal static partial class JsonText
{
    private const int MaxDepth = 64;

    /// <summary>Writes a value without blanks and with valid strings; false if it is nested deeper than 64 levels.</summary>
    public static bool TryNormalize(JsonValue value, out byte[] normalized)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(1, value.Raw.Length));
        using var writer = new Utf8JsonWriter(output);
        bool written = TryWrite(writer, value, MaxDepth);
        if (written)
        {
            writer.Flush();
        }

        normalized = written ? output.WrittenSpan.ToArray() : [];
        return written;
    }

    private static bool TryWrite(Utf8JsonWriter writer, JsonValue value, int depth)
    {
        switch (value.Kind)
        {
            case JsonKind.Object or JsonKind.Array when depth == 0:
                return false;

            case JsonKind.Object:
                writer.WriteStartObject();
                foreach ((JsonValue name, JsonValue member) in value.Members())
                {
                    writer.WritePropertyName(name.GetString());
                    if (!TryWrite(writer, member, depth - 1))
                    {
                        return false;
                    }
                }

                writer.WriteEndObject();
                return true;

            case JsonKind.Array:
                writer.WriteStartArray();
                foreach (JsonValue element in value.Elements())
                {
                    if (!TryWrite(writer, element, depth - 1))
                    {
                        return false;
                    }
                }

                writer.WriteEndArray();
                return true;

            case JsonKind.String:
                writer.WriteStringValue(value.GetString());
                return true;

            default:
                writer.WriteRawValue(value.Raw, skipInputValidation: true);
                return true;
        }
    }
}
