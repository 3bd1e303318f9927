using System.CommandLine;
using System.Text;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Help;

/// <summary>Writes <c>marblerun(1)</c> in roff.</summary>
internal static class ManPage
{
    public static string Write(RootCommand root)
    {
        var page = new StringBuilder(".TH MARBLERUN 1\n.SH NAME\nmarblerun \\- operates a MarbleRun Coordinator\n");
        page.Append(".SH SYNOPSIS\n.B marblerun\n.I command\n[options]\n.SH DESCRIPTION\n").Append(Text(root.Description ?? string.Empty));
        page.Append(".SH OPTIONS\n");
        AppendOptions(page, CommandNode.Visible(root.Options));
        page.Append(".SH COMMANDS\n");
        foreach (CommandNode node in CommandNode.Of(root).Where(n => n.Command.Subcommands.Count == 0))
        {
            page.Append($".SS {Escape(node.Usage)}\n").Append(Text(node.Command.Description ?? string.Empty));
            foreach (Argument argument in node.Arguments)
            {
                page.Append($".TP\n.I {Escape(argument.HelpName ?? argument.Name)}\n").Append(Text(argument.Description ?? string.Empty));
            }

            AppendOptions(page, node.Options);
            foreach (string example in node.Command.GetExamples())
            {
                page.Append($".PP\n.nf\n{Line(Escape(example))}\n.fi\n");
            }
        }

        page.Append(".SH EXIT STATUS\n");
        foreach ((int code, string meaning) in s_exitCodes)
        {
            page.Append($".TP\n.B {code}\n").Append(Text(meaning));
        }

        return page.ToString();
    }

    private static readonly (int Code, string Meaning)[] s_exitCodes =
    [
        (ExitCodes.Ok, "The command did what it should."),
        (ExitCodes.Failed, "It failed for a reason without a code of its own."),
        (ExitCodes.Usage, "An argument, an option or a file that the user named can't be used."),
        (ExitCodes.VerificationFailed, "Evidence, a certificate or a signature was not accepted."),
        (ExitCodes.Unreachable, "The Coordinator, or a service, can't be reached."),
        (ExitCodes.Refused, "The Coordinator refused the request."),
        (ExitCodes.Interrupted, "The user ended the command."),
        (ExitCodes.Terminated, "The system ended the command (SIGTERM)."),
    ];

    private static void AppendOptions(StringBuilder page, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            page.Append($".TP\n.B {Escape(OptionText.Of(option))}\n").Append(Text(OptionText.Describe(option)));
        }
    }

    private static string Text(string text) => Line(Escape(text.Replace('\n', ' '))) + "\n";

    private static string Escape(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);

    /// <summary>A dot or an apostrophe at its start would make a line a request.</summary>
    private static string Line(string text) => text is ['.' or '\'', ..] ? "\\&" + text : text;
}
