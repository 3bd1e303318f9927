using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Users;

/// <summary>The options by which a user of the manifest authenticates.</summary>
internal static class UserOptions
{
    public static Option<string?> Certificate { get; } = new("--cert", "-c")
    {
        Description = "The user's certificate, PEM.",
        HelpName = "FILE",
    };

    public static Option<string?> Key { get; } = new("--key", "-k")
    {
        Description = "The private key of the certificate, PEM (PKCS#8, PKCS#1 or SEC 1).",
        HelpName = "FILE",
    };

    /// <summary>Adds the options to a command that only users may use, or that shows more to them.</summary>
    public static void AddTo(Command command)
    {
        command.Options.Add(Certificate);
        command.Options.Add(Key);
    }

    /// <summary>Reads the user of the options.</summary>
    /// <returns>The certificate with its private key, which the caller disposes of; null if no option names a user.</returns>
    /// <exception cref="InputException">The options contradict each other, or a file cannot be used.</exception>
    public static async Task<X509Certificate2?> FindAsync(CommandRun run) =>
        (run.Arguments.GetValue(Certificate), run.Arguments.GetValue(Key)) switch
        {
            (null, null) => null,
            ({ } certificate, { } key) => await UserFile.ReadAsync(certificate, key, run.CancellationToken),
            (null, _) => throw new InputException(
                "if any flags in the group [key cert] are set they must all be set; missing [cert]"),
            _ => throw new InputException("if any flags in the group [key cert] are set they must all be set; missing [key]"),
        };

    /// <summary>As <see cref="FindAsync"/>, for a command that needs a user.</summary>
    /// <exception cref="InputException">No option names a user, or a file cannot be used.</exception>
    public static async Task<X509Certificate2> ReadAsync(CommandRun run) =>
        await FindAsync(run) ?? throw new InputException(
            "at least one of the flags in the group [pkcs11-cert-id pkcs11-cert-label cert] is required. Specify the certificate and the key "
            + "of a user of the manifest: --cert FILE --key FILE.");
}
