using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Audit;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users;
using MarbleRun.Management;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit follow</c>.</summary>
internal static class AuditFollowCommand
{
    private const int MaxRecords = 1000;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var after = new Option<string?>("--after")
        {
            Description = "Print the records after this number, 0 for all; or NUMBER:HASH, a head that was printed before, from which the "
                + "chain must continue. Default: only records that come from now on.",
            HelpName = "NUMBER[:HASH]",
        };
        var once = new Option<bool>("--once") { Description = "End after the last record instead of waiting for more." };
        var replica = new Option<string?>("--replica")
        {
            Description = "The name of the Coordinator whose trail is printed, of those whose records are in the store that they share. "
                + "Default: the one that answers.",
            HelpName = "NAME",
        };
        var command = new Command(
            "follow",
            "Prints the records of a Coordinator's audit trail as they come, and verifies that each continues the one before, up to the "
            + "head that the Coordinator answers. Needs a user with the action ReadAudit. Ctrl+C ends it. Exit code 3 if the trail "
            + "was changed.")
        {
            after, once, replica,
        };
        Argument<string> address = GlobalOptions.AddCoordinatorTo(command);
        UserOptions.AddTo(command);
        command.Options.Add(FormatOption.Create());
        command.SetExamples(
            "marblerun audit follow localhost:4433 --cert auditor.pem --key auditor.key",
            "marblerun audit follow localhost:4433 --cert auditor.pem --key auditor.key --after 0 --once --format json > trail.jsonl",
            "marblerun audit follow localhost:4433 --cert auditor.pem --key auditor.key --replica replica-2 --after 0");
        return command.SetRun(run => RunAsync(
            run,
            run.Arguments.GetRequiredValue(address),
            run.Arguments.GetValue(after),
            run.Arguments.GetValue(once),
            run.Arguments.GetValue(replica)));
    }

    private static async Task<int> RunAsync(CommandRun run, string address, string? after, bool isOnce, string? replica)
    {
        AuditFollower? follower = after is null ? null : ReadStart(after, replica);
        using X509Certificate2 user = await UserOptions.ReadAsync(run);
        using CoordinatorClient client = await CoordinatorAccess.For(run, address).ConnectAsync(user);
        follower ??= AuditFollower.From(
            (await client.GetAuditAsync(limit: 0, replica: replica, cancellationToken: run.CancellationToken)).Head, replica);
        AuditStep? step = null;
        try
        {
            while (!isOnce || step is not { IsLast: true })
            {
                if (step is { IsLast: true })
                {
                    await Task.Delay(s_interval, run.Clock, run.CancellationToken);
                }

                step = await follower.NextAsync(client, MaxRecords, run.CancellationToken);
                if (!step.Faults.IsEmpty)
                {
                    throw new CommandException(
                        ExitCodes.VerificationFailed,
                        "The Coordinator's trail was changed: "
                        + $"{string.Join("; ", step.Faults.Select(fault => fault.Message))}. "
                        + $"The head that it answered is {step.Head.Sequence}:{step.Head.Hash}.");
                }

                await WriteAsync(run, step);
            }
        }
        catch (OperationCanceledException) when (run.CancellationToken.IsCancellationRequested && step is not null)
        {
            // Ctrl+C is how it ends.
        }

        if (follower.FirstSequence is { } first)
        {
            await run.WarnAsync($"the Coordinator does not have the records before number {first} any more.");
        }

        await run.Error.WriteLineAsync($"head {step!.Head.Sequence}:{step.Head.Hash}");
        return ExitCodes.Ok;
    }

    /// <exception cref="InputException">It is neither a number nor a head.</exception>
    private static AuditFollower ReadStart(string text, string? replica)
    {
        string[] parts = text.Split(':');
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number == long.MaxValue
            || parts.Length > 2
            || (parts.Length == 2 && !Primitives.HexText.Is(parts[1], 32)))
        {
            throw new InputException($"--after {text} is not the number of a record, or NUMBER:HASH.");
        }

        return parts.Length == 2
            ? AuditFollower.From(new AuditHead(number, parts[1].ToLowerInvariant()), replica)
            : AuditFollower.From(number, replica);
    }

    private static async Task WriteAsync(CommandRun run, AuditStep step)
    {
        foreach (AuditRecord record in step.Records)
        {
            string line = Encoding.ASCII.GetString(record.ToLine());
            await run.Output.WriteLineAsync(run.Format switch
            {
                OutputFormat.Json => line,
                OutputFormat.Yaml => $"- {line}",
                _ => AuditText.Of(record),
            });
        }
    }
}
