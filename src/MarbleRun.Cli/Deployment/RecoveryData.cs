using System.Buffers;
using System.Text;
using System.Text.Json;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Deployment;

/// <summary>
/// The recovery secrets that a Coordinator gives once, each encrypted for its party: <c>{"RecoverySecrets":{"name":"base64"}}</c>. The
/// file is prepared before the Coordinator makes them, and if it cannot be written after all, they go to standard output.
/// </summary>
internal sealed class RecoveryData : IDisposable
{
    private readonly string? _path;
    private readonly PrivateFile? _file;

    private RecoveryData(string? path)
    {
        _path = path;
        _file = path is null ? null : PrivateFile.Prepare(path, overwrite: true);
    }

    /// <param name="path">The file that the user named; null for standard output.</param>
    /// <exception cref="InputException">The file cannot be created.</exception>
    public static RecoveryData Prepare(string? path) => new(path);

    /// <summary>Writes the secrets, if there are some.</summary>
    /// <returns>Null, or why the file could not be written.</returns>
    public async Task<string?> WriteAsync(CommandRun run, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> secrets)
    {
        if (secrets.Count == 0)
        {
            return null;
        }

        byte[] json = Write(secrets);
        if (_file is null)
        {
            await run.TalkAsync(Encoding.UTF8.GetString(json));
            return null;
        }

        try
        {
            // They cannot be fetched again: an interruption does not keep them from being written.
            await _file.WriteAsync(json, CancellationToken.None);
            await run.TalkAsync($"Recovery data saved to: {_path}");
            return null;
        }
        catch (InputException e)
        {
            await run.Output.WriteLineAsync("Error: Failed saving recovery data to file.");
            await run.Output.WriteLineAsync("Ensure the following is stored in a secure location:");
            foreach ((string name, ReadOnlyMemory<byte> secret) in secrets.OrderBy(s => s.Key, StringComparer.Ordinal))
            {
                await run.Output.WriteLineAsync($"\"{name}\": \"{Convert.ToBase64String(secret.Span)}\"");
            }

            return e.Message;
        }
    }

    public void Dispose() => _file?.Dispose();

    private static byte[] Write(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> secrets)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMember(json, secrets);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteMember(Utf8JsonWriter json, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> secrets)
    {
        json.WriteStartObject("RecoverySecrets");
        foreach ((string name, ReadOnlyMemory<byte> secret) in secrets.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            json.WriteBase64String(name, secret.Span);
        }

        json.WriteEndObject();
    }
}
