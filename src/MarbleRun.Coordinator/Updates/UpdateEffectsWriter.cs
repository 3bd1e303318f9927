using System.Collections.Immutable;
using System.Text.Json;

namespace MarbleRun.Coordinator.Updates;

/// <summary>A preview on the wire.</summary>
internal static class UpdateEffectsWriter
{
    public static void Write(Utf8JsonWriter json, UpdateEffects preview)
    {
        json.WriteStartObject();
        json.WriteString("kind", preview.IsPackageUpdate ? "packages" : "manifest");
        json.WriteString("manifestFingerprint", preview.Fingerprint);
        json.WriteNumber("missingAcknowledgments", preview.Missing);
        WriteTexts(json, "missingUsers", preview.MissingUsers);
        json.WriteBoolean("newRecoverySecrets", preview.NewRecoverySecrets);
        json.WriteStartArray("changes");
        foreach (ManifestChange change in preview.Changes)
        {
            json.WriteStartObject();
            json.WriteString("section", change.Section);
            json.WriteString("name", change.Name);
            json.WriteString("change", change.Change);
            if (change.Detail is { } detail)
            {
                json.WriteString("detail", detail);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("marbles");
        foreach ((string marbleType, ImmutableArray<string> reasons) in preview.Marbles)
        {
            WriteTexts(json, marbleType, reasons);
        }

        json.WriteEndObject();
        WriteTexts(json, "warnings", preview.Warnings);
        json.WriteEndObject();
    }

    /// <summary>A member that is a list of texts.</summary>
    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
