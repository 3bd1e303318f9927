using System.CommandLine;
using System.Security.Cryptography;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;

namespace MarbleRun.Cli.Recovery;

/// <summary>The options that name the recovery key of a party.</summary>
internal static class RecoveryKeyOptions
{
    private static readonly Option<string?> s_key = new("--key", "-k")
    {
        Description = "The private recovery key, RSA in PEM (PKCS#8, also encrypted, or PKCS#1).",
        HelpName = "FILE",
    };

    public static void AddTo(Command command)
    {
        command.Options.Add(s_key);
        command.Options.Add(UserOptions.PasswordFile);
        command.Options.Add(TokenOptions.Config);
        command.Options.Add(TokenOptions.KeyId);
        command.Options.Add(TokenOptions.KeyLabel);
    }

    /// <summary>Opens the key.</summary>
    /// <exception cref="InputException">No option names a key, they contradict each other, or the key can't be used.</exception>
    public static async Task<RSA> ReadAsync(CommandRun run)
    {
        FlagGroups.RequireOne(run.Arguments, string.Empty, TokenOptions.KeyId, TokenOptions.KeyLabel, s_key);
        return await FindAsync(run)
            ?? throw new InputException("signing requires setting either \"--key\" or \"--pkcs11-config\"");
    }

    /// <summary>Opens the key.</summary>
    /// <returns>The key, which the caller disposes of; null if no option names one.</returns>
    /// <exception cref="InputException">The options contradict each other, or the key can't be used.</exception>
    public static async Task<RSA?> FindAsync(CommandRun run)
    {
        FlagGroups.Exclude(run.Arguments, TokenOptions.Config, s_key);
        if (run.Arguments.GetValue(s_key) is { } path)
        {
            return await RecoveryKeyFile.ReadAsync(run, path, run.Arguments.GetValue(UserOptions.PasswordFile));
        }

        return run.Arguments.GetValue(TokenOptions.Config) is { } config ? await OpenTokenAsync(run, config) : null;
    }

    private static async Task<RSA> OpenTokenAsync(CommandRun run, string config)
    {
        Token token = await Token.OpenAsync(run, config);
        try
        {
            TokenKey key = token.GetKey(new TokenObject(
                "private key", run.Arguments.GetValue(TokenOptions.KeyId), run.Arguments.GetValue(TokenOptions.KeyLabel)));
            return key.IsRsa
                ? new TokenRsa(token, key)
                : throw new InputException($"The {key.Name} is not an RSA key: loaded private key does not support decryption.");
        }
        catch (InputException)
        {
            token.Dispose();
            throw;
        }
    }
}
