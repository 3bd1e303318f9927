using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;

namespace MarbleRun.Cli.Marbles;

/// <summary><c>marblerun marbles</c>.</summary>
internal static class MarbleCommands
{
    private const string User = "--cert admin.pem --key admin.key";

    public static Command Create() => new("marbles", "Lists the Marbles of a mesh, and revokes them. Needs a Coordinator of this project.")
    {
        CreateList(), RevokeCommand.Create(), CreateRevocations(), CreateLift(),
    };

    /// <summary>Adds what all these commands have, and runs with a client of the user.</summary>
    public static Command SetUserRun(this Command command, Func<CommandRun, CoordinatorClient, Task<Result>> call)
    {
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        command.Options.Add(FormatOption.Create());
        UserOptions.AddTo(command);
        return command.SetRun(async run =>
        {
            CoordinatorAccess access = CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address));
            using X509Certificate2 user = await UserOptions.ReadAsync(run);
            using CoordinatorClient client = await access.ConnectAsync(user);
            await run.WriteAsync(await call(run, client));
            return ExitCodes.Ok;
        });
    }

    private static Command CreateList() =>
        new Command(
            "list",
            "Lists the Marbles that the Coordinator knows, of the types that the user may list (action ReadMarbles). After a restart, it "
            + "knows those that called it since. Times are in UTC.")
        .SetExamples($"marblerun marbles list localhost:4433 {User}", $"marblerun marbles list localhost:4433 --format json {User}")
        .SetUserRun(async (run, client) => new MarblesResult(await client.GetMarblesAsync(run.CancellationToken)));

    private static Command CreateRevocations() =>
        new Command("revocations", "Lists the revocations, those too that wait for the approval of more users.")
        .SetExamples($"marblerun marbles revocations localhost:4433 {User}")
        .SetUserRun(async (run, client) => new RevocationsResult(await client.GetRevocationsAsync(run.CancellationToken)));

    private static Command CreateLift()
    {
        var number = new Argument<ulong>("number")
        {
            Description = "The number of the revocation.",
            HelpName = "NUMBER",
            CustomParser = argument =>
            {
                if (!ulong.TryParse(argument.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
                {
                    argument.AddError($"'{argument.Tokens[0].Value}' is not the number of a revocation. marbles revocations shows them.");
                }

                return value;
            },
        };
        return new Command(
            "lift", "Lifts a revocation, or agrees to lifting it. One that waits for approvals is dropped.") { number }
            .SetExamples($"marblerun marbles lift 3 localhost:4433 {User}")
            .SetUserRun(async (run, client) => new RevocationChange(
                await client.LiftRevocationAsync(run.Arguments.GetRequiredValue(number), run.CancellationToken)));
    }
}
