using System.CommandLine;
using System.Security.Cryptography;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Recovery;

/// <summary>The recovery secret of a party: its share of the key of the state.</summary>
internal static class RecoverySecret
{
    /// <summary>The lengths of decrypted secrets: an old key, a key or its share, a share with a threshold.</summary>
    private static readonly int[] s_plainLengths = [16, 32, 33];

    private static readonly Argument<string> s_file = new("file")
    {
        Description = "The secret of a party, as bytes, or the file of manifest set --recoverydata with the secrets of all.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> s_name = new("--name")
    {
        Description = "The name of the recovery key, if FILE has the secrets of several parties.",
        HelpName = "NAME",
    };

    public static void AddTo(Command command)
    {
        command.Arguments.Add(s_file);
        command.Options.Add(s_name);
    }

    public static string FileOf(CommandRun run) => run.Arguments.GetRequiredValue(s_file);

    /// <summary>Reads the secret as it is.</summary>
    /// <exception cref="InputException">The file can't be read, or has no such secret.</exception>
    public static async Task<byte[]> ReadAsync(CommandRun run)
    {
        string path = FileOf(run);
        byte[] content = await InputFile.ReadAsync(path, "recovery secret", run.CancellationToken);
        string? name = run.Arguments.GetValue(s_name);
        if (RecoveryFile.TryRead(path, content) is not { } secrets)
        {
            return name is null
                ? content
                : throw new InputException(
                    $"{path} has no RecoverySecrets, so that --name selects nothing. Omit it for the bytes of one secret.");
        }

        if (name is null)
        {
            return secrets.Count == 1
                ? secrets.First().Value
                : throw new InputException(
                    $"{path} has the secrets of {secrets.Count} recovery keys. Specify yours: --name {string.Join('|', secrets.Keys)}.");
        }

        return secrets.TryGetValue(name, out byte[]? secret)
            ? secret
            : throw new InputException($"{path} has no secret of the recovery key '{name}', only of {string.Join(", ", secrets.Keys)}.");
    }

    /// <summary>Decrypts a secret unless it is decrypted: a ciphertext is exactly as long as the modulus of the key.</summary>
    /// <param name="run">The run.</param>
    /// <param name="secret">The secret as it was read.</param>
    /// <param name="key">The party's key; null if the user named none.</param>
    /// <exception cref="InputException">The secret is encrypted for another key, or there is no key.</exception>
    public static byte[] Decrypt(CommandRun run, byte[] secret, RSA? key)
    {
        if (key is null || secret.Length != key.KeySize / 8)
        {
            return s_plainLengths.Contains(secret.Length)
                ? secret
                : throw new InputException(key is null
                    ? "recovery key appears to be encrypted, but no \"--key\" or \"--pkcs11-config\" flag was set to load a private key "
                    + "for decryption"
                    : $"The recovery secret {FileOf(run)} has {secret.Length} bytes. A decrypted one has 32 or 33, and one that is "
                    + $"encrypted for this key has {key.KeySize / 8}. Is it base64 still, or that of another party?");
        }

        try
        {
            return key.Decrypt(secret, RSAEncryptionPadding.OaepSHA256);
        }
        catch (CryptographicException e)
        {
            throw new InputException(
                $"The recovery secret {FileOf(run)} can't be decrypted: it was encrypted for another key, or is damaged.", e);
        }
    }
}
