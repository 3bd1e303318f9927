using System.CommandLine;
using System.Runtime.CompilerServices;

namespace MarbleRun.Cli.Output;

/// <summary>What the commands of this program have beyond those of the library.</summary>
internal static class CommandExtensions
{
    private static readonly ConditionalWeakTable<Command, string[]> s_examples = [];

    /// <summary>Sets the action of a command.</summary>
    public static Command SetRun(this Command command, Func<CommandRun, Task<int>> run)
    {
        command.SetAction(async (result, cancellationToken) =>
        {
            var one = new CommandRun(result, cancellationToken);
            Task<int> task = run(one);
            await Progress.ShowAsync(task, one);
            return await task;
        });
        return command;
    }

    /// <summary>Sets command lines that <c>--help</c> shows first.</summary>
    public static Command SetExamples(this Command command, params string[] examples)
    {
        s_examples.AddOrUpdate(command, examples);
        return command;
    }

    public static IReadOnlyList<string> GetExamples(this Command command) =>
        s_examples.TryGetValue(command, out string[]? examples) ? examples : [];
}
