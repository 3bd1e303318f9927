using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Cli.Signatures;

/// <summary>Reads and writes files of signatures, and requests that contain them.</summary>
internal static class SignatureFile
{
    /// <exception cref="InputException">The file is not a file of signatures.</exception>
    public static async Task<ImmutableArray<ManifestSignature>> ReadAsync(string path, CancellationToken cancellationToken) =>
        ManifestSignatures.TryParse(
            await InputFile.ReadAsync(path, "signatures", cancellationToken),
            out ImmutableArray<ManifestSignature> signatures,
            out string? fault)
            ? signatures
            : throw new InputException($"The signatures {path} can't be read: {fault}");

    /// <summary>Writes the body of <c>POST /api/v2/manifest</c>.</summary>
    public static byte[] WriteRequest(byte[] manifest, IEnumerable<ManifestSignature> signatures)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteBase64String("manifest", manifest);
            json.WriteStartArray("ManifestSignatures");
            foreach (ManifestSignature signature in signatures)
            {
                signature.WriteTo(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        body.Write("\n"u8);
        return body.WrittenSpan.ToArray();
    }
}
