using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Recovery;

/// <summary>
/// Options that a command needs. They are checked in its run, so that the texts are those of the reference's command line.
/// </summary>
internal static class Required
{
    /// <exception cref="InputException">The option is not set, or empty.</exception>
    public static string Of(CommandRun run, Option<string?> option)
    {
        Ensure(run, option);
        return run.Arguments.GetValue(option) is { Length: > 0 } value
            ? value
            : throw new InputException($"{option.Name} is empty. Specify a file.");
    }

    /// <exception cref="InputException">One of the options is not set.</exception>
    public static void Ensure(CommandRun run, params Option[] options)
    {
        string[] missing = [.. options.Where(o => run.Arguments.GetResult(o) is not { Implicit: false }).Select(o => $"\"{o.Name[2..]}\"")];
        if (missing.Length > 0)
        {
            throw new InputException($"required flag(s) {string.Join(", ", missing)} not set");
        }
    }
}
