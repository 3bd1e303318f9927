using System.CommandLine;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit</c>: what concerns the Coordinator's audit trail, without a Coordinator.</summary>
internal static class AuditCommands
{
    public static Command Create() => new("audit", "The Coordinator's audit trail: verify that nothing in it was changed.") { CreateVerify() };

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
            Description = "A head that this command, or the Coordinator, printed earlier: the trail must still hold that record.",
            HelpName = "HASH",
        };
        var after = new Option<string?>("--after")
        {
            Description = "The head of the files that came before, for a trail whose beginning is kept elsewhere.",
            HelpName = "HASH",
        };
        var command = new Command("verify", "Verifies an audit trail. Exit code 0: intact, 1: changed, 2: the input can't be read.")
        {
            files, expectHead, after,
        };
        command.SetAction((result, cancellationToken) => AuditVerificationCommand.RunAsync(
            result.GetRequiredValue(files),
            result.GetValue(expectHead),
            result.GetValue(after),
            result.InvocationConfiguration.Output,
            cancellationToken));
        return command;
    }
}
