using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;
using MarbleRun.Management.Updates;

namespace MarbleRun.Cli.Deployment;

/// <summary><c>marblerun manifest update get</c> and <c>cancel</c>.</summary>
internal static class PendingUpdateCommand
{
    public static Command CreateGet()
    {
        Option<string?> output = ManifestOptions.CreateOutput("the manifest");
        var missing = new Option<bool>("--missing") { Description = "Show the users who have not acknowledged yet, not the manifest." };
        var command = new Command("get", "Shows the pending update of the manifest, exactly its bytes.") { output, missing };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.SetExamples(
            "marblerun manifest update get localhost:4433 -o pending.json", "marblerun manifest update get localhost:4433 --missing");
        return command.SetRun(async run =>
        {
            using CoordinatorClient client =
                await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync();
            PendingManifestUpdate pending = await client.GetPendingUpdateAsync(run.CancellationToken)
                ?? throw new CommandException(ExitCodes.Refused, "no update in progress");
            ReadOnlyMemory<byte> content = run.Arguments.GetValue(missing)
                ? System.Text.Encoding.UTF8.GetBytes(
                    $"The following users have not yet acknowledged the update: [{string.Join(' ', pending.MissingUsers)}]\n")
                : pending.Manifest;
            await OutputFile.WriteAsync(run.Arguments.GetValue(output), content.ToArray(), run.Output, run.CancellationToken);
            return ExitCodes.Ok;
        });
    }

    public static Command CreateCancel()
    {
        var command = new Command("cancel", "Cancels the pending update of the manifest.");
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        UserOptions.AddTo(command);
        command.SetExamples("marblerun manifest update cancel localhost:4433 --cert admin.pem --key admin.key");
        return command.SetRun(async run =>
        {
            using X509Certificate2 user = await UserOptions.ReadAsync(run);
            using CoordinatorClient client =
                await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync(user);
            await client.CancelUpdateAsync(run.CancellationToken);
            await run.Output.WriteLineAsync("Cancellation successful");
            return ExitCodes.Ok;
        });
    }
}
