using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Users;

/// <summary>The options by which a user of the manifest authenticates.</summary>
internal static class UserOptions
{
    public static Option<string?> Certificate { get; } = new("--cert", "-c")
    {
        Description = "The user's certificate, PEM, or certificate and key in one file of PKCS#12.",
        HelpName = "FILE",
    };

    public static Option<string?> Key { get; } = new("--key", "-k")
    {
        Description = "The private key of the certificate, PEM (PKCS#8, also encrypted, PKCS#1 or SEC 1).",
        HelpName = "FILE",
    };

    public static Option<string?> PasswordFile { get; } = new("--password-file")
    {
        Description = "A file whose first line is the password of the key. Default: the terminal is asked.",
        HelpName = "FILE",
    };

    private static Option[] All =>
    [
        Certificate, Key, PasswordFile, TokenOptions.Config, TokenOptions.KeyId, TokenOptions.KeyLabel, TokenOptions.CertificateId,
        TokenOptions.CertificateLabel,
    ];

    /// <summary>Adds the options to a command that only users may use, or that shows more to them.</summary>
    public static void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Adds the options to a group and its commands: as in the reference, they may also stand before the command.</summary>
    public static void AddToGroup(Command group)
    {
        AddTo(group);
        foreach (Option option in All)
        {
            option.Recursive = true;
        }
    }

    /// <summary>Reads the user of the options.</summary>
    /// <returns>The certificate with its private key, which the caller disposes of; null if no option names a user.</returns>
    /// <exception cref="InputException">The options contradict each other, or a file or token cannot be used.</exception>
    public static async Task<X509Certificate2?> FindAsync(CommandRun run)
    {
        if (!All.Any(run.Arguments.IsSet))
        {
            return null;
        }

        string? certificate = run.Arguments.GetValue(Certificate);
        string? passwordFile = run.Arguments.GetValue(PasswordFile);
        if (certificate is { Length: > 0 }
            && !run.Arguments.IsSet(Key)
            && !run.Arguments.IsSet(TokenOptions.Config)
            && await UserFile.FindPkcs12Async(run, certificate, passwordFile) is { } user)
        {
            return user;
        }

        Check(run.Arguments);
        return certificate is null
            ? await TokenUser.ReadAsync(run)
            : await UserFile.ReadAsync(run, certificate, run.Arguments.GetRequiredValue(Key)!, passwordFile);
    }

    /// <summary>As <see cref="FindAsync"/>, for a command that needs a user.</summary>
    /// <exception cref="InputException">No option names a user, or a file or token cannot be used.</exception>
    public static async Task<X509Certificate2> ReadAsync(CommandRun run)
    {
        if (await FindAsync(run) is { } user)
        {
            return user;
        }

        Check(run.Arguments);
        throw new InvalidOperationException("The options name a user.");
    }

    private static void Check(ParseResult arguments)
    {
        const string Hint = ". Specify the certificate and the key of a user of the manifest: --cert FILE --key FILE.";

        FlagGroups.RequireTogether(arguments, Key, Certificate);
        FlagGroups.RequireOne(arguments, Hint, TokenOptions.CertificateId, TokenOptions.CertificateLabel, Certificate);
        FlagGroups.RequireOne(arguments, Hint, TokenOptions.Config, Certificate);
        FlagGroups.RequireOne(arguments, Hint, TokenOptions.Config, Key);
        FlagGroups.RequireOne(arguments, Hint, TokenOptions.KeyId, TokenOptions.KeyLabel, Certificate);
        FlagGroups.Exclude(arguments, TokenOptions.Config, Certificate);
        FlagGroups.Exclude(arguments, TokenOptions.Config, Key);
    }
}
