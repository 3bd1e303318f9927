using System.CommandLine;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest</c>: what concerns the manifest alone, without a Coordinator.</summary>
internal static class ManifestCommands
{
    public static Command Create() => new("manifest", "Manifests: check one before it is set, convert it to JSON, sign it as its owner.")
    {
        CreateCheck(), CreateConvert(),
    };

    private static Command CreateConvert()
    {
        var file = new Argument<string>("file") { Description = "The manifest in YAML; - for standard input.", HelpName = "FILE" };
        var outFile = new Option<string?>("--out") { Description = "Where the JSON goes. Default: standard output.", HelpName = "FILE" };
        var command = new Command(
            "convert", "Writes a manifest in YAML as the JSON that a Coordinator takes. Exit code 0: written, 1: no YAML, 2: a file can't be read or written.")
        {
            file, outFile,
        };
        command.SetAction((result, cancellationToken) => ManifestConversion.RunAsync(
            result.GetRequiredValue(file),
            result.GetValue(outFile),
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error,
            cancellationToken));
        return command;
    }

    private static Command CreateCheck()
    {
        var file = new Argument<string>("file") { Description = "The manifest, JSON or YAML; - for standard input.", HelpName = "FILE" };
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
