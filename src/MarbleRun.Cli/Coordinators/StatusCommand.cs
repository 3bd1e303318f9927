using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Coordinators;

/// <summary><c>marblerun status</c>.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var command = new Command(
            "status",
            "Shows the phase of a Coordinator: 0 uninitialized, 1 recovery, 2 waits for a manifest, 3 accepts Marbles. Exit code 0 for "
            + "each of them.");
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(FormatOption.Create());
        command.SetExamples("marblerun status localhost:4433", "marblerun status localhost:4433 --format json");
        return command.SetRun(async run =>
        {
            using CoordinatorClient client = await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync();
            await run.WriteAsync(new StatusResult(await client.GetStatusAsync(run.CancellationToken)));
            return ExitCodes.Ok;
        });
    }

    private sealed class StatusResult(CoordinatorStatus status) : Result
    {
        public override void WriteText(TextWriter output) =>
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(int)status.Phase}: {status.Message}"));

        public override void WriteJson(Utf8JsonWriter json)
        {
            json.WriteNumber("code", (int)status.Phase);
            json.WriteString("phase", status.Phase.ToString());
            json.WriteString("message", status.Message);
        }
    }
}
