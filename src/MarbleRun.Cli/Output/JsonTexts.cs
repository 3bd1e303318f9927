using System.Text.Json;

namespace MarbleRun.Cli.Output;

/// <summary>Writes lists of texts.</summary>
internal static class JsonTexts
{
    public static void Write(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
