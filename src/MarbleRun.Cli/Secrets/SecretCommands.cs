using System.CommandLine;
using MarbleRun.Cli.Users;

namespace MarbleRun.Cli.Secrets;

/// <summary><c>marblerun secret</c>.</summary>
internal static class SecretCommands
{
    public static Command Create()
    {
        var secret = new Command("secret", "Reads and sets secrets of the manifest, as a user of the manifest.")
        {
            SecretSetCommand.Create(), SecretGetCommand.Create(),
        };
        UserOptions.AddToGroup(secret);
        return secret;
    }
}
