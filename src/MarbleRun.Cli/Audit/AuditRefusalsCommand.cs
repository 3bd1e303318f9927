using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit refusals</c>.</summary>
internal static class AuditRefusalsCommand
{
    public static Command Create()
    {
        var command = new Command(
            "refusals",
            "Prints the last activations and renewals that the Coordinator refused, with each check of their evidence: what was expected, "
            + "what was found, and the remedy. The Coordinator has at most 100 of them in memory, since its start. Needs a user with the "
            + "action ReadAudit. Times are in UTC.");
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        UserOptions.AddTo(command);
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun audit refusals localhost:4433 --cert auditor.pem --key auditor.key",
            "marblerun audit refusals localhost:4433 --cert auditor.pem --key auditor.key --format json");
        return command.SetRun(async run =>
        {
            using X509Certificate2 user = await UserOptions.ReadAsync(run);
            using CoordinatorClient client =
                await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync(user);
            await run.WriteAsync(new RefusalsResult(await client.GetRefusalsAsync(run.CancellationToken)));
            return ExitCodes.Ok;
        });
    }
}
