using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MarbleRun.Cli.Secrets;

/// <summary>
/// Reads a file of secrets: a JSON object of names, each with <c>Key</c>, or <c>Cert</c> and <c>Private</c>. As in the reference, members
/// match without regard to case, and unknown ones are ignored.
/// </summary>
internal static class SecretsFile
{
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <exception cref="InputException">The file is not one of secrets.</exception>
    public static SecretUploads Read(string path, byte[] content)
    {
        var uploads = new SecretUploads();
        try
        {
            using var document = JsonDocument.Parse(content, s_options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Unusable(path, "it is not a JSON object");
            }

            foreach (JsonProperty secret in document.RootElement.EnumerateObject())
            {
                Add(uploads, path, secret);
            }

            return uploads.Values.Count > 0 ? uploads : throw Unusable(path, "it has no secrets");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            uploads.Dispose();
            throw Unusable(path, $"it is not JSON: {e.Message.TrimEnd('.')}", e);
        }
        catch (InputException)
        {
            uploads.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static void Add(SecretUploads uploads, string path, JsonProperty secret)
    {
        if (secret.Value.ValueKind != JsonValueKind.Object)
        {
            throw Unusable(path, $"the secret '{secret.Name}' is not an object");
        }

        byte[]? key = null;
        byte[]? certificate = null;
        byte[]? privateKey = null;
        foreach (JsonProperty member in secret.Value.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null))
        {
            if (member.Name.Equals("Key", StringComparison.OrdinalIgnoreCase))
            {
                key = ReadBytes(path, secret.Name, member);
            }
            else if (member.Name.Equals("Cert", StringComparison.OrdinalIgnoreCase))
            {
                certificate = ReadBytes(path, secret.Name, member);
                ThrowIfNoCertificate(path, secret.Name, certificate);
            }
            else if (member.Name.Equals("Private", StringComparison.OrdinalIgnoreCase))
            {
                privateKey = ReadBytes(path, secret.Name, member);
            }
        }

        if (key is null && certificate is null && privateKey is null)
        {
            throw Unusable(path, $"the secret '{secret.Name}' has neither Key nor Cert and Private");
        }

        if (key is not null && (certificate is not null || privateKey is not null))
        {
            throw Unusable(path, $"the secret '{secret.Name}' has both a Key and a certificate");
        }

        uploads.Add(secret.Name, key, certificate, privateKey);
    }

    private static byte[] ReadBytes(string path, string secret, JsonProperty member) =>
        member.Value.ValueKind == JsonValueKind.String && member.Value.TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : throw Unusable(path, $"{member.Name} of the secret '{secret}' is not base64");

    private static void ThrowIfNoCertificate(string path, string secret, byte[] der)
    {
        try
        {
            X509CertificateLoader.LoadCertificate(der).Dispose();
        }
        catch (CryptographicException e)
        {
            throw Unusable(path, $"Cert of the secret '{secret}' is not a certificate in DER", e);
        }
    }

    private static InputException Unusable(string path, string how, Exception? cause = null) =>
        new($"The file of secrets {path} can't be used: {how}.", cause);
}
