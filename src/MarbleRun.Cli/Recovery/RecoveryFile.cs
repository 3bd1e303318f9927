using System.Collections.Immutable;
using System.Text.Json;

namespace MarbleRun.Cli.Recovery;

/// <summary>
/// The file that <c>manifest set</c> writes: <c>{"RecoverySecrets":{name: base64}}</c>, the encrypted secrets of all parties.
/// </summary>
internal static class RecoveryFile
{
    private const string Member = "RecoverySecrets";

    /// <returns>The secrets by name; null if the content is something else, for instance a secret.</returns>
    /// <exception cref="InputException">It is such a file, and damaged.</exception>
    public static ImmutableSortedDictionary<string, byte[]>? TryRead(string path, byte[] content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            JsonProperty[] secrets = document.RootElement.ValueKind == JsonValueKind.Object
                ? [.. document.RootElement.EnumerateObject().Where(m => m.Name.Equals(Member, StringComparison.OrdinalIgnoreCase))]
                : [];
            return secrets is [{ Value.ValueKind: JsonValueKind.Object } found]
                ? found.Value.EnumerateObject().ToImmutableSortedDictionary(
                    s => s.Name, s => Decode(path, s), StringComparer.Ordinal)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Decode(string path, JsonProperty secret) =>
        secret.Value.ValueKind == JsonValueKind.String && secret.Value.TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : throw new InputException($"The secret '{secret.Name}' in {path} is not base64.");
}
