using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest</c>: its commands that need no Coordinator.</summary>
internal static class ManifestCommands
{
    public static Command Create() => new("manifest", "Checks, compares, signs, sets, shows and updates manifests.")
    {
        ManifestNewCommand.Create(), CreateCheck(), CreateConvert(), ManifestSignatureCommand.Create(), ManifestDiffCommand.Create(),
    };

    public static Argument<string> CreateFile() => new("file")
    {
        Description = "The manifest, JSON or YAML; - for standard input.",
        HelpName = "FILE",
    };

    private static Command CreateConvert()
    {
        var file = new Argument<string>("file") { Description = "The manifest in YAML; - for standard input.", HelpName = "FILE" };
        var outFile = new Option<string?>("--out")
        {
            Description = "The file to write the JSON to. Default: standard output.",
            HelpName = "FILE",
        };
        var command = new Command(
            "convert",
            "Converts a manifest in YAML to the JSON that a Coordinator accepts. Exit code 0: written, 1: not YAML, 2: a file can't be "
            + "read or written.")
        {
            file, outFile,
        };
        command.SetExamples("marblerun manifest convert manifest.yaml --out manifest.json");
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
        Argument<string> file = CreateFile();
        var command = new Command(
            "check",
            "Lists errors that a Coordinator would refuse, and probable mistakes. Templates are rendered with dummies instead of secrets. "
            + "Exit code 0: no errors, 1: errors, 2: the file can't be read.")
        {
            file,
        };
        command.SetExamples("marblerun manifest check manifest.json");
        command.SetAction((result, cancellationToken) =>
            ManifestCheck.RunAsync(result.GetRequiredValue(file), result.InvocationConfiguration.Output, cancellationToken));
        return command;
    }
}
