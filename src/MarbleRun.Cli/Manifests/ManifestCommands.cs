using System.CommandLine;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest</c>: what concerns the manifest alone, without a Coordinator.</summary>
internal static class ManifestCommands
{
    public static Command Create() => new("manifest", "Manifests: check one before it is set.") { CreateCheck() };

    private static Command CreateCheck()
    {
        var file = new Argument<string>("file") { Description = "The manifest, JSON or YAML.", HelpName = "FILE" };
        var command = new Command(
            "check",
            "Lists what a Coordinator would refuse, and what probably is not meant. Templates are tried with dummies in place of secrets. "
            + "Exit code 0: no errors, 1: errors, 2: the file can't be read.")
        {
            file,
        };
        command.SetAction((result, cancellationToken) =>
            ManifestCheck.RunAsync(result.GetRequiredValue(file), result.InvocationConfiguration.Output, cancellationToken));
        return command;
    }
}
