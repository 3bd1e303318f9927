using System.CommandLine;
using System.Text;
using System.Text.Json;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Deployment;

/// <summary><c>marblerun manifest log</c>.</summary>
internal static class ManifestLogCommand
{
    public static Command Create()
    {
        Option<string?> output = ManifestOptions.CreateOutput("the entries");
        var command = new Command("log", "Shows the update log of a Coordinator: who changed what, one JSON object a line.") { output };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(FormatOption.Create(alsoOutput: false));
        command.SetExamples("marblerun manifest log localhost:4433", "marblerun manifest log localhost:4433 -o update.log");
        return command.SetRun(async run =>
        {
            using CoordinatorClient client =
                await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync();
            IReadOnlyList<string> log = await client.GetUpdateLogAsync(run.CancellationToken);

            // The certificate is verified by this call.
            await run.TalkAsync("Successfully verified Coordinator, now requesting update log");
            if (run.Arguments.GetValue(output) is { } path)
            {
                await OutputFile.WriteAsync(path, Encoding.UTF8.GetBytes(string.Join('\n', log)), run.Output, run.CancellationToken);
            }
            else
            {
                await run.WriteAsync(new UpdateLog(log));
            }

            return ExitCodes.Ok;
        });
    }

    private sealed class UpdateLog(IReadOnlyList<string> lines) : Result
    {
        public override void WriteText(TextWriter output)
        {
            output.WriteLine("Update log:");
            foreach (string line in lines)
            {
                output.WriteLine(line);
            }
        }

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteStartArray("updateLog");
            foreach (string line in lines)
            {
                try
                {
                    using var entry = JsonDocument.Parse(line);
                    entry.RootElement.WriteTo(json);
                }
                catch (JsonException)
                {
                    // The log is shown as it is.
                    json.WriteStringValue(line);
                }
            }

            json.WriteEndArray();
        }
    }
}
