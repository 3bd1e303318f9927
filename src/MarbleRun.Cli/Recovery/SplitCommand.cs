using System.CommandLine;
using System.Text.Json;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Recovery;

/// <summary><c>marblerun recovery split</c>: one file for each party, so that no party gets more than its own secret.</summary>
internal static class SplitCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The file of manifest set --recoverydata, JSON.", HelpName = "FILE" };
        var folder = new Option<string>("--folder")
        {
            Description = "The folder for the files NAME.secret. Default: the working folder.",
            HelpName = "DIR",
            DefaultValueFactory = _ => ".",
        };
        var command = new Command(
            "split",
            "Writes the encrypted secret of each party to a file of its own, NAME.secret, which recover accepts. Existing files are kept.")
        {
            file, folder, FormatOption.Create(),
        };
        command.SetExamples("marblerun recovery split recovery.json --folder secrets");
        return command.SetRun(async run =>
        {
            string path = run.Arguments.GetRequiredValue(file);
            var secrets = RecoveryFile.TryRead(path, await InputFile.ReadAsync(path, "recovery file", run.CancellationToken))
                ?? throw new InputException($"{path} has no RecoverySecrets.");
            string[] names = [.. secrets.Keys.Select(name => Path.Combine(run.Arguments.GetRequiredValue(folder), FileName(name)))];
            PrivateFile[] files = [];
            try
            {
                foreach (string name in names)
                {
                    files = [.. files, PrivateFile.Prepare(name, overwrite: false)];
                }

                foreach ((PrivateFile target, byte[] secret) in files.Zip(secrets.Values))
                {
                    await target.WriteAsync(secret, run.CancellationToken);
                }
            }
            finally
            {
                foreach (PrivateFile target in files)
                {
                    target.Dispose();
                }
            }

            await run.WriteAsync(new SplitResult(names));
            return ExitCodes.Ok;
        });
    }

    /// <summary>A name in a manifest can be any text, also a path.</summary>
    private static string FileName(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name[0] != '.'
            ? $"{name}.secret"
            : throw new InputException(
                $"The recovery key '{name}' can't be the name of a file. Use recovery decrypt or recover with --name.");

    private sealed class SplitResult(string[] files) : Result
    {
        public override void WriteText(TextWriter output)
        {
            foreach (string file in files)
            {
                output.WriteLine($"Recovery secret written to {file}");
            }
        }

        public override void WriteJson(Utf8JsonWriter json) => JsonTexts.Write(json, "files", files);
    }
}
