using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string SecretsPath = "api/v2/secrets";

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, MeshSecret>> GetSecretsAsync(
        IReadOnlyCollection<string> names, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count == 0 || names.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("Specify at least one name, and no empty ones.", nameof(names));
        }

        string query = string.Join('&', names.Select(name => $"s={Uri.EscapeDataString(name)}"));
        JsonElement data = await _connection.GetAsync(
            $"{SecretsPath}?{query}", CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
        var secrets = ReplyMembers.GetMembers(data, "secrets").ToImmutableSortedDictionary(
            s => s.Name, s => ReadSecret(s.Value), StringComparer.Ordinal);
        return names.FirstOrDefault(name => !secrets.ContainsKey(name)) is { } absent
            ? throw CoordinatorConnection.Invalid($"the secret '{absent}' is missing")
            : secrets;
    }

    /// <inheritdoc/>
    public async Task SetSecretsAsync(IReadOnlyDictionary<string, NewSecret> secrets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        byte[] body = Write(secrets);
        try
        {
            await _connection.PostAsync(SecretsPath, body, LargestStatus, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static MeshSecret ReadSecret(JsonElement data) =>
        new(ReplyMembers.GetText(data, "Type"), ReplyMembers.GetBytes(data, "Private"), ReplyMembers.GetBytes(data, "Public"))
        {
            Size = ReplyMembers.GetNumber(data, "Size"),
            IsShared = ReplyMembers.GetFlag(data, "Shared"),
            IsUserDefined = ReplyMembers.GetFlag(data, "UserDefined"),
            Certificate = ReplyMembers.GetBytes(data, "Cert"),
            ValidFor = ReplyMembers.GetNumber(data, "ValidFor"),
        };

    /// <summary>All three members of each, as MarbleRun's own clients send them.</summary>
    private static byte[] Write(IReadOnlyDictionary<string, NewSecret> secrets)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartObject("secrets");
            foreach ((string name, NewSecret secret) in secrets)
            {
                json.WriteStartObject(name);
                Write(json, "Cert", secret.Certificate);
                Write(json, "Private", secret.PrivateKey);
                Write(json, "Key", secret.Key);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        byte[] bytes = body.WrittenSpan.ToArray();
        body.Clear();
        return bytes;
    }

    private static void Write(Utf8JsonWriter json, string name, ReadOnlyMemory<byte>? value)
    {
        if (value is { } bytes)
        {
            json.WriteBase64String(name, bytes.Span);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
