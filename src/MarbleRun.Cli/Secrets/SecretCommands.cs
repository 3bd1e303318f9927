using System.CommandLine;

namespace MarbleRun.Cli.Secrets;

/// <summary><c>marblerun secret</c>.</summary>
internal static class SecretCommands
{
    public static Command Create() => new("secret", "Reads and sets secrets of the manifest, as a user of the manifest.")
    {
        SecretSetCommand.Create(), SecretGetCommand.Create(),
    };
}
