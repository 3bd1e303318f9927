using System.Collections.Immutable;
using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit verify</c>.</summary>
internal static class AuditVerifyCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("files")
        {
            Description = "The files of one trail in the order of their names, or its folder.",
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var trails = new Option<string[]>("--trail")
        {
            Description = "A trail of one of several Coordinators: its name, and a folder or file; may be repeated, also for the next file "
                + "of the same trail. Default: the files, as one trail without a name.",
            HelpName = "NAME=FOLDER",
        };
        var heads = new Option<string?>("--heads")
        {
            Description = "The heads of all trails that a Coordinator knows, JSON, as audit heads prints them: each of these trails must "
                + "be there and contain its head. Default: trails that are missing are not detected.",
            HelpName = "FILE",
        };
        var expectHead = new Option<string[]>("--expect-head")
        {
            Description = "A head that this command, or the Coordinator, printed earlier: the trail must still contain that record. With "
                + "the name of the trail if it has one. Default: records removed at the end are not detected.",
            HelpName = "[NAME=]HASH",
        };
        var after = new Option<string[]>("--after")
        {
            Description = "The head of the earlier records, for a trail whose beginning is stored elsewhere. With the name of the trail if "
                + "it has one. Default: the trail begins with record 1.",
            HelpName = "[NAME=]HASH",
        };
        var merge = new Option<bool>("--merge")
        {
            Description = "Also print the records of all trails in the order of their times. The clocks of several machines differ, so "
                + "that only the order within a trail is certain.",
        };
        var command = new Command(
            "verify",
            "Verifies audit trails, of one Coordinator or of several that share a store. Exit code 0: intact, 1: changed or missing, "
            + "2: the input can't be read.")
        {
            files, trails, heads, expectHead, after, merge, FormatOption.Create(),
        };
        command.SetExamples(
            "marblerun audit verify /var/lib/marblerun/audit",
            "marblerun audit verify --trail a=/archive/a --trail b=/archive/b --heads heads.json");
        return command.SetRun(async run =>
        {
            ImmutableArray<TrailInput> inputs = await TrailInput.ReadAsync(
                run.Arguments.GetValue(files) ?? [],
                run.Arguments.GetValue(trails) ?? [],
                run.Arguments.GetValue(heads),
                run.Arguments.GetValue(expectHead) ?? [],
                run.Arguments.GetValue(after) ?? [],
                run.CancellationToken);
            var result = new TrailsResult([.. inputs.Select(VerifiedTrail.Of)], run.Arguments.GetValue(merge));
            await run.WriteAsync(result);
            return result.IsIntact ? ExitCodes.Ok : ExitCodes.Failed;
        });
    }
}
