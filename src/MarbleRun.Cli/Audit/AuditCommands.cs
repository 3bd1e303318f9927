using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit</c>: commands for the Coordinator's audit trail.</summary>
internal static class AuditCommands
{
    public static Command Create() => new(
        "audit", "Follows a Coordinator's audit trail, and verifies that it was not changed; shows refused Marbles.")
    {
        CreateVerify(), AuditFollowCommand.Create(), AuditRefusalsCommand.Create(),
    };

    private static Command CreateVerify()
    {
        var files = new Argument<string[]>("files")
        {
            Description = "The files of the trail in the order of their names, or its folder.",
            HelpName = "FILE",
            Arity = ArgumentArity.OneOrMore,
        };
        var expectHead = new Option<string?>("--expect-head")
        {
            Description = "A head that this command, or the Coordinator, printed earlier: the trail must still contain that record.",
            HelpName = "HASH",
        };
        var after = new Option<string?>("--after")
        {
            Description = "The head of the earlier files, for a trail whose beginning is stored elsewhere.",
            HelpName = "HASH",
        };
        var command = new Command("verify", "Verifies an audit trail. Exit code 0: intact, 1: changed, 2: the input can't be read.")
        {
            files, expectHead, after,
        };
        command.SetExamples("marblerun audit verify /var/lib/marblerun/audit");
        command.SetAction((result, cancellationToken) => AuditVerificationCommand.RunAsync(
            result.GetRequiredValue(files),
            result.GetValue(expectHead),
            result.GetValue(after),
            result.InvocationConfiguration.Output,
            cancellationToken));
        return command;
    }
}
