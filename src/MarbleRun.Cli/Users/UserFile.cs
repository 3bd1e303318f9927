using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MarbleRun.Cli.Users;

/// <summary>A user's certificate and private key in files of PEM.</summary>
internal static class UserFile
{
    /// <exception cref="InputException">A file cannot be read, or the two do not belong together.</exception>
    public static async Task<X509Certificate2> ReadAsync(string certificatePath, string keyPath, CancellationToken cancellationToken)
    {
        byte[] certificate = await InputFile.ReadAsync(certificatePath, "user's certificate", cancellationToken);
        byte[] key = await InputFile.ReadAsync(keyPath, "user's key", cancellationToken);
        char[] pem = Encoding.UTF8.GetChars(key);
        CryptographicOperations.ZeroMemory(key);
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.UTF8.GetChars(certificate), pem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InputException(
                $"The user's certificate {certificatePath} and key {keyPath} can't be used together: {e.Message.TrimEnd('.')}. The key must be "
                + "the unencrypted private key of the first certificate in the file.",
                e);
        }
        finally
        {
            Array.Clear(pem);
        }
    }
}
