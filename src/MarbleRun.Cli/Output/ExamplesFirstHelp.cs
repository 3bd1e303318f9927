using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MarbleRun.Cli.Output;

/// <summary><c>--help</c>: examples before everything else.</summary>
internal sealed class ExamplesFirstHelp(HelpAction inner) : SynchronousCommandLineAction
{
    /// <summary>Help is for those who do not know the arguments yet.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts this action in the place of the library's.</summary>
    public static void AddTo(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new ExamplesFirstHelp((HelpAction)option.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        IReadOnlyList<string> examples = parseResult.CommandResult.Command.GetExamples();
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return inner.Invoke(parseResult);
    }
}
