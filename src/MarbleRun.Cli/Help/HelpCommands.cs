using System.CommandLine;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Help;

/// <summary><c>marblerun help</c> and <c>marblerun completion</c>.</summary>
internal static class HelpCommands
{
    private static readonly (string Shell, string Load, string Script)[] s_shells =
    [
        ("bash", "source <(marblerun completion bash)", CompletionScripts.Bash),
        ("zsh", "source <(marblerun completion zsh)", CompletionScripts.Zsh),
        ("fish", "marblerun completion fish | source", CompletionScripts.Fish),
        ("powershell", "marblerun completion powershell | Out-String | Invoke-Expression", CompletionScripts.PowerShell),
    ];

    /// <summary>Adds the commands that describe the others; they come last.</summary>
    public static void AddTo(RootCommand root)
    {
        root.Subcommands.Add(VersionCommand.Create());
        root.Subcommands.Add(CreateCompletion());
        root.Subcommands.Add(CreateHelp(root));
        root.Subcommands.Add(CreateMan(root));
    }

    private static Command CreateCompletion()
    {
        var completion = new Command("completion", "Writes the script that completes commands in a shell.");
        foreach ((string shell, string load, string script) in s_shells)
        {
            completion.Subcommands.Add(new Command(shell, $"Writes the script for {shell}.")
                .SetExamples(load)
                .SetRun(async run =>
                {
                    await run.Output.WriteAsync(script.ReplaceLineEndings("\n"));
                    return ExitCodes.Ok;
                }));
        }

        return completion;
    }

    private static Command CreateHelp(RootCommand root)
    {
        var words = new Argument<string[]>("command")
        {
            Description = "The command. Default: the whole program.",
            HelpName = "COMMAND...",
            Arity = ArgumentArity.ZeroOrMore,
        };
        return new Command("help", "Shows the help of a command, as --help does.") { words }
            .SetExamples("marblerun help manifest set")
            .SetRun(async run =>
            {
                ParseResult help = root.Parse([.. run.Arguments.GetValue(words) ?? [], "--help"]);
                if (help.UnmatchedTokens.Count > 0)
                {
                    throw new InputException(Mistakes.Describe(help));
                }

                return await help.InvokeAsync(run.Arguments.InvocationConfiguration, run.CancellationToken);
            });
    }

    private static Command CreateMan(RootCommand root) =>
        new Command("man", "Writes the manual page, roff.") { Hidden = true }
            .SetExamples("marblerun man > marblerun.1")
            .SetRun(async run =>
            {
                await run.Output.WriteAsync(ManPage.Write(root));
                return ExitCodes.Ok;
            });
}
