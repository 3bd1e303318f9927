using System.Buffers;
using System.Text.Json;
using MarbleRun.Management;

namespace MarbleRun.Cli.Secrets;

/// <summary>The file of <c>secret get --output</c>, byte for byte as the reference writes it: compact, sorted by name.</summary>
internal static class SecretsJson
{
    public static ReadOnlyMemory<byte> Write(IReadOnlyDictionary<string, MeshSecret> secrets)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartObject();
            foreach ((string name, MeshSecret secret) in secrets.OrderBy(s => s.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject(name);
                json.WriteString("Type", secret.Type);
                json.WriteNumber("Size", secret.Size);
                json.WriteBoolean("Shared", secret.IsShared);
                json.WriteBoolean("UserDefined", secret.IsUserDefined);
                Write(json, "Cert", secret.Certificate.Span);
                json.WriteNumber("ValidFor", secret.ValidFor);
                Write(json, "Private", secret.Private.Span);
                Write(json, "Public", secret.Public.Span);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return content.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteBase64String(name, bytes);
        }
    }
}
