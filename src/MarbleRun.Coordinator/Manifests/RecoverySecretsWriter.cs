using System.Collections.Immutable;
using System.Text.Json;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Encrypted recovery secrets on the wire: an object of base64 strings.</summary>
internal static class RecoverySecretsWriter
{
    public static void Write(Utf8JsonWriter json, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets)
    {
        json.WriteStartObject();
        foreach ((string party, ReadOnlyMemory<byte> secret) in secrets)
        {
            json.WriteBase64String(party, secret.Span);
        }

        json.WriteEndObject();
    }
}
