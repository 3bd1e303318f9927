using MarbleRun.Cli;
using MarbleRun.Cli.Help;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Tests.Help;

/// <summary>What every command has.</summary>
public sealed class CommandTreeTests
{
    private static readonly CommandNode[] s_nodes = [.. CommandNode.Of(CommandLine.Root)];

    public static TheoryData<string> Commands => [.. s_nodes.Where(n => n.Command.Subcommands.Count == 0).Select(n => n.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_OfEachCommand_StartsWithExamplesOfIt(string name)
    {
        CommandNode node = s_nodes.Single(n => n.Name == name);

        Transcript help = await Transcript.RunAsync([.. node.Path, "--help"]);

        Assert.Equal((0, string.Empty), (help.ExitCode, help.Error));
        Assert.StartsWith("Examples:\n  ", help.Output, StringComparison.Ordinal);
        Assert.NotEmpty(node.Command.GetExamples());
        Assert.Contains(node.Command.GetExamples(), example => example.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void Symbols_OfEachCommand_AreDescribedInWholeSentences() => Assert.Empty(s_nodes.SelectMany(node =>
        node.Arguments.Select(a => (a.Name, a.Description))
            .Concat(node.Options.Select(o => (o.Name, o.Description)))
            .Append((Name: string.Empty, node.Command.Description))
            .Where(s => s.Description is null || !s.Description.EndsWith('.'))
            .Select(s => $"{node.Name} {s.Name}: {s.Description}")));

    [Fact]
    public void Symbols_OfEachCommand_NameTheirValues() => Assert.Empty(s_nodes.SelectMany(node =>
        node.Options
            .Where(o => o.ValueType != typeof(bool) && o.HelpName is null)
            .Select(o => $"{node.Name} {o.Name} has no name for its value")));
}
