using System.CommandLine;

namespace MarbleRun.Cli.Deployment;

/// <summary>The commands of <c>marblerun manifest</c> that call a Coordinator.</summary>
internal static class DeploymentCommands
{
    public static void AddTo(Command manifest)
    {
        foreach (Command command in (Command[])[
            ManifestSetCommand.Create(),
            ManifestGetCommand.Create(),
            ManifestVerifyCommand.Create(),
            ManifestLogCommand.Create(),
            PreviewCommand.Create(),
            new Command("update", "Updates the manifest of a Coordinator, by as many users as the manifest requires.")
            {
                UpdateCommand.CreateApply(),
                UpdateCommand.CreateAcknowledge(),
                PendingUpdateCommand.CreateGet(),
                PendingUpdateCommand.CreateCancel(),
            },
        ])
        {
            manifest.Subcommands.Add(command);
        }
    }
}
