using System.Security.Cryptography;
using System.Text;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Recovery;

/// <summary>RSA keys of recovery in files of PEM.</summary>
internal static class RecoveryKeyFile
{
    private const string Encrypted = "ENCRYPTED PRIVATE KEY";

    /// <summary>Reads a private key.</summary>
    /// <exception cref="InputException">The file has no RSA key in PEM, or the password is wrong.</exception>
    public static async Task<RSA> ReadAsync(CommandRun run, string path, string? passwordFile)
    {
        byte[] content = await InputFile.ReadAsync(path, "recovery key", run.CancellationToken);
        char[] pem = Encoding.UTF8.GetChars(content);
        CryptographicOperations.ZeroMemory(content);
        char[] password = [];
        var key = RSA.Create();
        try
        {
            if (!PemEncoding.TryFind(pem, out PemFields fields))
            {
                throw new InputException($"The recovery key {path} has no private key in PEM.");
            }

            if (pem[fields.Label].AsSpan().SequenceEqual(Encrypted))
            {
                password = await KeyPassword.ReadAsync("recovery key", path, passwordFile, run.Error, run.CancellationToken);
                key.ImportFromEncryptedPem(pem, password);
            }
            else
            {
                key.ImportFromPem(pem);
            }

            // A public key signs nothing; this is the time to find out.
            _ = key.SignHash(new byte[SHA256.HashSizeInBytes], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new InputException(
                $"The recovery key {path} can't be used: loaded private key does not fulfill required interface. It must be an RSA private "
                + "key" + (password.Length > 0 ? ", and the password must be right." : "."),
                e);
        }
        catch (InputException)
        {
            key.Dispose();
            throw;
        }
        finally
        {
            Array.Clear(pem);
            Array.Clear(password);
        }
    }

    /// <summary>Reads the public key of a Coordinator in recovery.</summary>
    /// <exception cref="InputException">The file has no RSA public key in PEM.</exception>
    public static async Task<RSA> ReadPublicAsync(CommandRun run, string path)
    {
        string pem = Encoding.UTF8.GetString(await InputFile.ReadAsync(path, "Coordinator's public key", run.CancellationToken));
        if (!PemEncoding.TryFind(pem, out PemFields fields) || pem[fields.Label] != "PUBLIC KEY")
        {
            throw new InputException(
                $"The Coordinator's public key {path} is not a PUBLIC KEY in PEM. Get it by marblerun recover-with-signature public-key.");
        }

        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new InputException($"The Coordinator's public key {path} can't be used: expected RSA public key, got another one.", e);
        }
    }
}
