using System.CommandLine;
using MarbleRun.Cli;
using MarbleRun.Cli.Help;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Tests.Help;

/// <summary>What every command has.</summary>
public sealed class CommandTreeTests
{
    private static readonly CommandNode[] s_nodes = [.. CommandNode.Of(CommandLine.Root)];

    private static readonly string[] s_units = ["seconds", "minutes", "hours", "days", "bytes", "bits", "records", "number", "how many"];

    private static readonly string[] s_forms =
        ["host:port", "JSON", "YAML", "PEM", "binary", "bytes", "folder", "number", "hexadecimal", "The command."];

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

    [Fact]
    public void Options_ThatAreOptional_SayTheirDefault() => Assert.Empty(s_nodes.SelectMany(node => node.Options
        .Concat(CommandNode.Visible(CommandLine.Root.Options).Where(o => o is not VersionOption))
        .Where(o => !o.Required)
        .Where(o => !o.Description!.Contains("efault", StringComparison.Ordinal))
        .Select(o => $"{node.Name} {o.Name}: {o.Description}")));

    /// <summary>An option with a default value of the program does not say that it has none.</summary>
    [Fact]
    public void Options_WithADefaultValue_DoNotSayNone() => Assert.Empty(s_nodes.SelectMany(node => node.Options
        .Where(o => o.HasDefaultValue && o.ValueType != typeof(bool))
        .Where(o => o.Description!.Contains("Default: none", StringComparison.Ordinal))
        .Select(o => $"{node.Name} {o.Name}: {o.Description}")));

    [Fact]
    public void Arguments_OfEachCommand_SayTheirForm() => Assert.Empty(s_nodes.SelectMany(node => node.Arguments
        .Where(a => !s_forms.Any(form => a.Description!.Contains(form, StringComparison.OrdinalIgnoreCase)))
        .Select(a => $"{node.Name} {a.HelpName ?? a.Name}: {a.Description}")));

    /// <summary>Numbers without a unit in their name or description are counts and codes of the field, which are listed.</summary>
    [Fact]
    public void Options_WithANumber_SayItsUnit() => Assert.Empty(s_nodes.SelectMany(node => node.Options
        .Where(o => (Nullable.GetUnderlyingType(o.ValueType) ?? o.ValueType) is var type
            && (type.IsPrimitive || type == typeof(TimeSpan)) && type != typeof(bool))
        .Where(o => o.Name is not ("--product-id" or "--security-version"))
        .Where(o => !s_units.Any(unit => o.Description!.Contains(unit, StringComparison.Ordinal)))
        .Select(o => $"{node.Name} {o.Name}: {o.Description}")));

    /// <summary>The reference accepts these options before, between and after the words of a command.</summary>
    [Theory]
    [InlineData("--coordinator-cert FILE", "manifest get localhost:4433")]
    [InlineData("--era-config FILE", "manifest get localhost:4433")]
    [InlineData("--insecure", "manifest update get localhost:4433")]
    [InlineData("-i", "status localhost:4433")]
    [InlineData("--accepted-tcb-statuses UpToDate,OutOfDate", "certificate root localhost:4433")]
    [InlineData("--accepted-advisories INTEL-SA-00001", "manifest get localhost:4433")]
    [InlineData("--nonce TEXT", "manifest get localhost:4433")]
    [InlineData("--save-sgx-quote FILE", "recover-with-signature public-key localhost:4433")]
    [InlineData("--namespace NAME", "status localhost:4433")]
    [InlineData("-n NAME", "version")]
    [InlineData("--cert FILE", "secret get a localhost:4433", 1)]
    [InlineData("-c FILE", "secret set FILE localhost:4433", 1)]
    [InlineData("--key FILE", "secret get a localhost:4433", 1)]
    [InlineData("-k FILE", "secret set FILE localhost:4433", 1)]
    [InlineData("--pkcs11-config FILE", "secret get a localhost:4433", 1)]
    [InlineData("--pkcs11-key-id ID", "secret get a localhost:4433", 1)]
    [InlineData("--pkcs11-key-label TEXT", "secret get a localhost:4433", 1)]
    [InlineData("--pkcs11-cert-id ID", "secret set FILE localhost:4433", 1)]
    [InlineData("--pkcs11-cert-label TEXT", "secret set FILE localhost:4433", 1)]
    public void Options_OfAGroup_StandAnywhereAfterIt(string option, string command, int first = 0)
    {
        string[] words = command.Split(' ');
        string[] texts = option.Split(' ');
        for (int place = first; place <= words.Length; place++)
        {
            ParseResult result = CommandLine.Root.Parse([.. words[..place], .. texts, .. words[place..]]);

            Assert.Empty(result.Errors);
            Assert.NotNull(result.GetResult(CommandNode.Of(CommandLine.Root)
                .SelectMany(n => n.Options)
                .Concat(CommandLine.Root.Options)
                .First(o => (o.Name == texts[0] || o.Aliases.Contains(texts[0])) && result.GetResult(o) is not null)));
            Assert.Equal(texts.Length - 1, result.Tokens.Count - words.Length - 1);
        }
    }
}
