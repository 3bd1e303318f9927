using System.CommandLine;
using System.Text;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Help;

/// <summary>Writes the reference of all commands, <c>docs/cli.md</c>.</summary>
internal static class MarkdownPage
{
    private const int LastColumn = 120;

    private const string Introduction = """
        # The command line

        <!-- The tests of the command line write this page from the commands, with MARBLERUN_UPDATE_CLI=1. -->

        `marblerun` operates a Coordinator. Every command that calls one verifies it first: by its quote and the policy of
        `--era-config`, or by the root certificate that an earlier verification kept for the address. `ADDR` is the client
        address, `host:port`.

        Results go to standard output, messages to standard error. `--format json` writes one JSON object, `--format yaml`
        the same object as YAML. Text from a Coordinator is shown without control characters. No command asks for anything
        unless standard input is a terminal; there are no colors. Files with secrets are for their owner alone (mode 0600).

        ## Exit codes

        | code | meaning |
        |---|---|
        | 0 | The command did what it should. |
        | 1 | It failed for a reason without a code of its own. |
        | 2 | An argument, an option or a file that the user named can't be used. |
        | 3 | Evidence, a certificate or a signature was not accepted. |
        | 4 | The Coordinator, or a service, can't be reached. |
        | 5 | The Coordinator refused the request. |
        | 130 | The user ended the command (Ctrl+C). |
        | 143 | The system ended the command (SIGTERM). |

        """;

    /// <param name="root">The program.</param>
    /// <param name="jsonOf">An example of the command's result as JSON; null without one.</param>
    public static string Write(RootCommand root, Func<string, string?> jsonOf)
    {
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        page.Append("\n## Options of all commands\n\n");
        AppendOptions(page, CommandNode.Visible(root.Options));
        foreach (CommandNode node in CommandNode.Of(root))
        {
            page.Append('\n').Append(node.Path.Count == 1 ? "## " : "### ").Append(node.Name).Append("\n\n");
            page.Append(Wrap(Escape(node.Command.Description ?? string.Empty)));
            if (node.Command.Subcommands.Count > 0)
            {
                continue;
            }

            page.Append($"\nUsage: `{node.Usage}`\n\n");
            foreach (string example in node.Command.GetExamples())
            {
                page.Append($"    {example}\n");
            }

            AppendTable(page, node);
            if (jsonOf(node.Name) is { } json)
            {
                page.Append($"\nThe result as JSON:\n\n<!-- example -->\n```json\n{json}\n```\n");
            }
        }

        return page.ToString();
    }

    private static void AppendTable(StringBuilder page, CommandNode node)
    {
        if (node.Arguments.Any())
        {
            page.Append("\n| argument | meaning |\n|---|---|\n");
            foreach (Argument argument in node.Arguments)
            {
                page.Append($"| `{Cell(argument.HelpName ?? argument.Name)}` | {Cell(Escape(argument.Description ?? string.Empty))} |\n");
            }
        }

        if (node.Options.Any())
        {
            page.Append('\n');
            AppendOptions(page, node.Options);
        }
    }

    private static void AppendOptions(StringBuilder page, IEnumerable<Option> options)
    {
        page.Append("| option | meaning |\n|---|---|\n");
        foreach (Option option in options)
        {
            page.Append($"| `{Cell(OptionText.Of(option))}` | {Cell(Escape(OptionText.Describe(option)))} |\n");
        }
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>What Markdown would take for markup.</summary>
    private static string Escape(string text) => text
        .Replace("\n", " ", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("*", "\\*", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal);

    private static string Wrap(string text)
    {
        var lines = new StringBuilder();
        int column = 0;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bool isFirst = column == 0;
            if (!isFirst && column + 1 + word.Length > LastColumn)
            {
                lines.Append('\n');
                column = 0;
                isFirst = true;
            }

            lines.Append(isFirst ? string.Empty : " ").Append(word);
            column += word.Length + (isFirst ? 0 : 1);
        }

        return lines.Append('\n').ToString();
    }
}
