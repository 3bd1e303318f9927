using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit heads</c>.</summary>
internal static class AuditHeadsCommand
{
    public static Command Create()
    {
        var command = new Command(
            "heads",
            "Prints the head of each Coordinator's audit trail that the sealed state knows, for audit verify --heads: each trail must "
            + "still contain that record. Needs a user with the action ReadAudit.");
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        UserOptions.AddTo(command);
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun audit heads localhost:4433 --cert auditor.pem --key auditor.key",
            "marblerun audit heads localhost:4433 --cert auditor.pem --key auditor.key --format json > heads.json");
        return command.SetRun(async run =>
        {
            using X509Certificate2 user = await UserOptions.ReadAsync(run);
            using CoordinatorClient client =
                await CoordinatorAccess.For(run, run.Arguments.GetRequiredValue(address)).ConnectAsync(user);
            await run.WriteAsync(new HeadsResult((await client.GetAuditAsync(limit: 0, cancellationToken: run.CancellationToken)).Heads));
            return ExitCodes.Ok;
        });
    }

    private sealed class HeadsResult(ImmutableSortedDictionary<string, AuditHead> heads) : Result
    {
        public override void WriteText(TextWriter output)
        {
            if (heads.IsEmpty)
            {
                output.WriteLine("The state knows no record yet.");
                return;
            }

            TextTable.Write(
                output,
                ["COORDINATOR", "RECORD", "HASH"],
                heads.Select(head => (string[])
                [
                    head.Key.Length == 0 ? "-" : head.Key, head.Value.Sequence.ToString(CultureInfo.InvariantCulture), head.Value.Hash,
                ]));
        }

        public override void WriteJson(Utf8JsonWriter json) => HeadList.Write(json, heads);
    }
}
