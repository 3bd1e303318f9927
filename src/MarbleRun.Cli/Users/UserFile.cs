using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Users;

/// <summary>A user's certificate and private key in files: PEM, or both in one file of PKCS#12.</summary>
internal static class UserFile
{
    private const string EncryptedLabel = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    private const byte Sequence = 0x30;

    /// <summary>Reads PEM. An encrypted key needs a password.</summary>
    /// <exception cref="InputException">A file cannot be read, the password is wrong, or the two do not belong together.</exception>
    public static async Task<X509Certificate2> ReadAsync(CommandRun run, string certificatePath, string keyPath, string? passwordFile)
    {
        byte[] certificate = await InputFile.ReadAsync(certificatePath, "user's certificate", run.CancellationToken);
        byte[] key = await InputFile.ReadAsync(keyPath, "user's key", run.CancellationToken);
        char[] pem = Encoding.UTF8.GetChars(key);
        CryptographicOperations.ZeroMemory(key);
        bool isEncrypted = pem.AsSpan().IndexOf(EncryptedLabel) >= 0;
        char[] password = [];
        try
        {
            password = isEncrypted
                ? await KeyPassword.ReadAsync("user's key", keyPath, passwordFile, run.Error, run.CancellationToken)
                : [];
            char[] certificatePem = Encoding.UTF8.GetChars(certificate);
            return isEncrypted
                ? X509Certificate2.CreateFromEncryptedPem(certificatePem, pem, password)
                : X509Certificate2.CreateFromPem(certificatePem, pem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InputException(
                $"The user's certificate {certificatePath} and key {keyPath} can't be used together: {e.Message.TrimEnd('.')}. "
                + (isEncrypted
                    ? "The password must be that of the key, and the key must be that of the first certificate in the file."
                    : "The key must be the private key of the first certificate in the file."),
                e);
        }
        finally
        {
            Array.Clear(pem);
            Array.Clear(password);
        }
    }

    /// <summary>Reads a file of PKCS#12 (PFX).</summary>
    /// <returns>The certificate that has a private key; null if the file is not PKCS#12.</returns>
    /// <exception cref="InputException">The file cannot be read, or the password is wrong.</exception>
    public static async Task<X509Certificate2?> FindPkcs12Async(CommandRun run, string path, string? passwordFile)
    {
        byte[] content = await InputFile.ReadAsync(path, "user's certificate", run.CancellationToken);
        if (content is not [Sequence, ..] || X509Certificate2.GetCertContentType(content) != X509ContentType.Pkcs12)
        {
            return null;
        }

        char[] password = [];
        try
        {
            if (passwordFile is null && TryLoad(content, password) is { } open)
            {
                return RequireKey(path, open);
            }

            password = await KeyPassword.ReadAsync("user's certificate", path, passwordFile, run.Error, run.CancellationToken);
            return RequireKey(path, TryLoad(content, password) ?? throw new InputException(
                $"The user's certificate {path} can't be opened: the password is wrong, or the file is damaged."));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
            Array.Clear(password);
        }
    }

    /// <summary>The library does not distinguish a wrong password from a damaged file.</summary>
    private static X509Certificate2Collection? TryLoad(byte[] content, ReadOnlySpan<char> password)
    {
        try
        {
            return X509CertificateLoader.LoadPkcs12Collection(content, password);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The issuers are not sent: a user is exactly the certificate in the manifest.</summary>
    private static X509Certificate2 RequireKey(string path, X509Certificate2Collection certificates)
    {
        X509Certificate2[] users = [.. certificates.Where(c => c.HasPrivateKey)];
        return users switch
        {
            [var user] => user,
            [] => throw new InputException($"The user's certificate {path} has no private key."),
            _ => throw new InputException($"The user's certificate {path} has {users.Length} private keys. Specify a file with one."),
        };
    }
}
