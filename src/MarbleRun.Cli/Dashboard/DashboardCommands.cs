using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Dashboard.Serving;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Cli.Dashboard.Watching;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;

namespace MarbleRun.Cli.Dashboard;

/// <summary><c>marblerun dashboard</c>.</summary>
internal static class DashboardCommands
{
    private const int DefaultInterval = 5;

    public static Command Create()
    {
        var interval = new Option<int>("--refresh")
        {
            Description = "How often the Coordinator is asked, in seconds, from 1 to 3600. Default: 5.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => DefaultInterval,
        };
        interval.Validators.Add(result =>
        {
            if (result.GetValue(interval) is < 1 or > 3600)
            {
                result.AddError("--refresh must be from 1 to 3600 seconds.");
            }
        });
        var command = new Command(
            "dashboard",
            "Verifies a Coordinator, and shows its mesh as a page in the browser of this machine. It is read-only, unless "
                + "--cert and --key name "
            + "a user of the manifest. Ctrl+C ends it. Exit code 3 if another Coordinator answered at the address meanwhile.")
        {
            interval,
        };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        UserOptions.AddTo(command);
        command.SetExamples(
            "marblerun dashboard localhost:4433",
            "marblerun dashboard localhost:4433 --cert admin.pem --key admin.key",
            "marblerun dashboard localhost:4433 --simulation --refresh 1");
        return command.SetRun(run => RunAsync(run, run.Arguments.GetRequiredValue(address), run.Arguments.GetValue(interval)));
    }

    private static async Task<int> RunAsync(CommandRun run, string address, int interval)
    {
        if (run.Arguments.GetValue(GlobalOptions.Insecure))
        {
            throw new InputException("The dashboard shows only a Coordinator that it verified. Omit --insecure.");
        }

        using X509Certificate2? user = await UserOptions.FindAsync(run);
        var door = new CoordinatorDoor(run, address, user);
        using var watch = new CoordinatorWatch(door, TimeSpan.FromSeconds(interval), run.Clock);
        await watch.StartAsync(run.CancellationToken);
        await using DashboardServer server = await DashboardServer.StartAsync(watch, run.Clock, run.CancellationToken);
        await run.Output.WriteLineAsync($"Dashboard: {server.Link}");
        await run.Error.WriteLineAsync("Open the link in a browser of this machine; it can be used once. Ctrl+C ends the dashboard.");
        try
        {
            await watch.RunAsync(run.CancellationToken);
            await run.Error.WriteLineAsync($"Error: Another Coordinator answers at {address}. {watch.View.Notice}");

            // The page says it too, until the user has read it.
            await Task.Delay(Timeout.InfiniteTimeSpan, run.Clock, run.CancellationToken);
        }
        catch (OperationCanceledException) when (run.CancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how a dashboard ends.
        }

        return watch.View.Phase == WatchPhase.Stopped ? ExitCodes.VerificationFailed : ExitCodes.Ok;
    }
}
