using System.CommandLine;
using System.CommandLine.Help;

namespace MarbleRun.Cli.Help;

/// <summary>A command with its place in the tree.</summary>
/// <param name="Command">The command.</param>
/// <param name="Path">The words before it and its own, without the program's name.</param>
internal sealed record CommandNode(Command Command, IReadOnlyList<string> Path)
{
    public string Name => string.Join(' ', ["marblerun", .. Path]);

    public IEnumerable<Argument> Arguments => Command.Arguments.Where(a => !a.Hidden);

    /// <summary>The options of the command, and those of its groups that it has, sorted.</summary>
    public IEnumerable<Option> Options => Visible(Command.Options
        .Concat(Groups.SelectMany(g => g.Options.Where(o => o.Recursive))));

    private IEnumerable<Command> Groups => Command.Parents.OfType<Command>().Where(c => c is not RootCommand);

    /// <summary>How the command is written; groups have none.</summary>
    public string Usage => string.Join(' ', [Name, .. Arguments.Select(UsageOf), .. Options.Any() ? ["[options]"] : (string[])[]]);

    public static IEnumerable<Option> Visible(IEnumerable<Option> options) => options
        .Where(o => !o.Hidden && o is not HelpOption)
        .OrderBy(o => o.Name, StringComparer.Ordinal);

    /// <summary>All visible commands below the root, a group before its commands.</summary>
    public static IEnumerable<CommandNode> Of(RootCommand root) => Below(root, []);

    private static IEnumerable<CommandNode> Below(Command parent, string[] path) => parent.Subcommands
        .Where(c => !c.Hidden)
        .OrderBy(c => c.Name, StringComparer.Ordinal)
        .SelectMany(c => Below(c, [.. path, c.Name]).Prepend(new CommandNode(c, [.. path, c.Name])));

    private static string UsageOf(Argument argument)
    {
        string name = argument.HelpName ?? argument.Name.ToUpperInvariant();
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }
}
