using System.Security.Cryptography;
using System.Text;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Cli.Signatures;

/// <summary>
/// Reads owners' keys from files. A password comes from a file or from the terminal, never from the command line, which other users can
/// read.
/// </summary>
internal sealed class OwnerKeyFile(TextWriter error)
{
    private const string Encrypted = "ENCRYPTED PRIVATE KEY";

    /// <exception cref="InputException">The file is not a supported public key of an owner.</exception>
    public static async Task<OwnerKey> ReadPublicAsync(string path, CancellationToken cancellationToken)
    {
        string pem = Encoding.UTF8.GetString(await InputFile.ReadAsync(path, "owner's key", cancellationToken));
        return OwnerKey.TryParse(pem, out OwnerKey? key, out string? fault)
            ? key
            : throw new InputException($"The owner's key {path} can't be used. {fault}");
    }

    /// <exception cref="InputException">The file is not a supported private key of an owner, or the password is wrong.</exception>
    public async Task<AsymmetricAlgorithm> ReadPrivateAsync(string path, string? passwordFile, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "owner's key", cancellationToken);
        char[] pem = Encoding.UTF8.GetChars(content);
        char[] password = [];
        try
        {
            await WarnOfOthersAsync(path);
            string label = FindLabel(path, pem);
            password = label == Encrypted
                ? await KeyPassword.ReadAsync("owner's key", path, passwordFile, error, cancellationToken)
                : [];
            AsymmetricAlgorithm key = Import(path, label, pem, password);
            _ = RequireOwner(path, key);
            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
            Array.Clear(pem);
            Array.Clear(password);
        }
    }

    /// <summary>Finds the single private key of the file; OpenSSL writes the curve's name before it.</summary>
    private static string FindLabel(string path, ReadOnlySpan<char> pem)
    {
        string? found = null;
        while (PemEncoding.TryFind(pem, out PemFields fields))
        {
            string label = pem[fields.Label].ToString();
            if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                found = found is null
                    ? label
                    : throw new InputException($"The owner's key {path} has several private keys. Specify a file with one.");
            }

            pem = pem[fields.Location.End..];
        }

        return found ?? throw new InputException(
            pem.IndexOf("Proc-Type") >= 0 || pem.IndexOf("DEK-Info") >= 0
                ? $"The owner's key {path} is encrypted in OpenSSL's old format, which is weak. "
                + $"Convert it to a new file: openssl pkcs8 -topk8 -v2 aes-256-cbc -in {path}"
                : $"The owner's key {path} has no private key in PEM.");
    }

    private static AsymmetricAlgorithm Import(string path, string label, ReadOnlySpan<char> pem, ReadOnlySpan<char> password)
    {
        foreach (AsymmetricAlgorithm key in (AsymmetricAlgorithm[])[ECDsa.Create(), RSA.Create()])
        {
            try
            {
                if (label == Encrypted)
                {
                    key.ImportFromEncryptedPem(pem, password);
                }
                else
                {
                    key.ImportFromPem(pem);
                }

                return key;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                // The key has another kind, or is invalid: the next attempt shows it.
                key.Dispose();
            }
        }

        throw new InputException(label == Encrypted
            ? $"The owner's key {path} can't be opened: the password is wrong, or it is neither ECDSA nor RSA."
            : $"The owner's key {path} can't be used: an owner's key is ECDSA on P-256, P-384 or P-521, or RSA.");
    }

    private static OwnerKey RequireOwner(string path, AsymmetricAlgorithm key)
    {
        try
        {
            return OwnerKey.Of(key);
        }
        catch (ArgumentException e)
        {
            key.Dispose();
            throw new InputException($"The owner's key {path} can't be used. {e.Message}", e);
        }
    }

    private async Task WarnOfOthersAsync(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        if (!OperatingSystem.IsWindows()
            && path != InputFile.StandardInput
            && (File.GetUnixFileMode(CommandEnvironment.Current.Resolve(path)) & Others) != 0)
        {
            await error.WriteLineAsync($"warning: other users of this machine can read {path}. Remove their access: chmod 600 {path}");
        }
    }
}
