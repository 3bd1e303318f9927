using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Coordinator.Http;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>
/// Reads uploads: an object of names, each with <c>Key</c>, <c>Cert</c> and <c>Private</c>. Members match without regard to case, unknown
/// ones are ignored.
/// </summary>
internal static class SecretUploadReader
{
    /// <param name="secrets">The object of names; null or absent counts as empty.</param>
    /// <exception cref="ApiException">400: a value cannot be decoded.</exception>
    public static SortedDictionary<string, UploadedSecret> Read(JsonElement? secrets)
    {
        var uploads = new SortedDictionary<string, UploadedSecret>(StringComparer.Ordinal);
        if (secrets is not { ValueKind: not JsonValueKind.Null } names)
        {
            return uploads;
        }

        foreach (JsonProperty entry in RequestBody.Members(names, "secrets"))
        {
            uploads[entry.Name] = entry.Value.ValueKind == JsonValueKind.Null
                ? new UploadedSecret(null, null, null)
                : ReadSecret(entry.Value);
        }

        return uploads;
    }

    private static UploadedSecret ReadSecret(JsonElement secret) =>
        new(
            RequestBody.FindMember(secret, "Key") is { } key ? RequestBody.ReadBytes(key, "Key") : null,
            RequestBody.FindMember(secret, "Cert") is { } certificate ? ReadCertificate(certificate) : null,
            RequestBody.FindMember(secret, "Private") is { } privateKey ? RequestBody.ReadBytes(privateKey, "Private") : null);

    /// <summary>As in MarbleRun 1.9: text that is not base64 counts as no certificate, and an object as one without content.</summary>
    private static byte[]? ReadCertificate(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw RequestBody.Undecodable("\"Cert\" must be a base64 string");
        }

        if (!StrictBase64.Standard.TryDecode(RequestBody.ReadText(value), out byte[] der, out _))
        {
            return null;
        }

        try
        {
            // The loader takes PEM too, and bytes behind the end; the wire does not.
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.RawDataMemory.Span.SequenceEqual(der) ? der : throw RequestBody.Undecodable("x509: malformed certificate");
        }
        catch (CryptographicException exception)
        {
            throw RequestBody.Undecodable("x509: malformed certificate", exception);
        }
    }
}

/// <summary>What a user sends as the value of a secret. Null was not sent; empty was sent as empty.</summary>
/// <param name="Key">The bytes of a symmetric or plain secret.</param>
/// <param name="Certificate">DER.</param>
/// <param name="Private">The certificate's key, PKCS #8 DER by convention.</param>
internal sealed record UploadedSecret(byte[]? Key, byte[]? Certificate, byte[]? Private)
{
    public override string ToString() => "uploaded secret";
}
