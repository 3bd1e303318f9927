using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using MarbleRun.Cli;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Help;
using MarbleRun.Cli.Users;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>Every command is shown with each exit code that it can have. The commands themselves say which ones these are.</summary>
public sealed partial class TranscriptCoverageTests
{
    /// <summary>Exit codes that no transcript can have, and why.</summary>
    private static readonly Dictionary<(string Command, int ExitCode), string> s_excepted = new()
    {
        [("marblerun dashboard", ExitCodes.Refused)] = "It shows on its page what the Coordinator refuses, and goes on.",
    };

    private static readonly ILookup<string, int> s_runs = ReadRuns().ToLookup(r => r.Command, r => r.ExitCode, StringComparer.Ordinal);

    public static TheoryData<string, int> Results =>
        [.. Leaves().SelectMany(n => CodesOf(n).Distinct().Order().Select(code => (n.Name, code))).Where(r => !s_excepted.ContainsKey(r))];

    [Theory]
    [MemberData(nameof(Results))]
    public void Transcripts_OfEachCommand_ShowItsExitCodes(string command, int exitCode) =>
        Assert.Contains(exitCode, s_runs[command]);

    [Fact]
    public void Exceptions_OfThisRule_AreNeeded() => Assert.All(s_excepted.Keys, r =>
    {
        Assert.Contains(r.ExitCode, CodesOf(Leaves().Single(n => n.Name == r.Command)));
        Assert.DoesNotContain(r.ExitCode, s_runs[r.Command]);
    });

    [Fact]
    public void Rule_OfTheCommands_KnowsThoseThatConnectAndThoseOfUsers()
    {
        int[] Codes(string name) => [.. CodesOf(Leaves().Single(n => n.Name == name)).Distinct().Order()];

        Assert.Equal([0, 2], Codes("marblerun manifest signature"));
        Assert.Equal([0, 1, 2], Codes("marblerun manifest check"));
        Assert.Equal([0, 2, 3, 4], Codes("marblerun status"));
        Assert.Equal([0, 2, 3, 4, 5], Codes("marblerun secret get"));
        Assert.Equal([0, 2, 3, 4, 5], Codes("marblerun manifest update apply"));
    }

    private static IEnumerable<int> CodesOf(CommandNode node)
    {
        yield return ExitCodes.Ok;
        yield return ExitCodes.Usage;

        // Codes that the description names.
        foreach (Match match in Code().Matches(node.Command.Description ?? string.Empty))
        {
            yield return int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }

        // The doctor reports what it finds about a Coordinator, with exit codes of its own.
        if (node.Name != "marblerun doctor" && node.Arguments.Any(a => a.HelpName?.Contains("ADDR", StringComparison.Ordinal) == true))
        {
            yield return ExitCodes.VerificationFailed;
            yield return ExitCodes.Unreachable;
        }

        if (node.Options.Contains(UserOptions.Certificate))
        {
            yield return ExitCodes.Refused;
        }
    }

    private static IEnumerable<CommandNode> Leaves() =>
        CommandNode.Of(CommandLine.Root).Where(n => n.Command.Action is not null && n.Path.Count > 0);

    /// <summary>The command that each line of a transcript runs, and how it ended.</summary>
    private static IEnumerable<(string Command, int ExitCode)> ReadRuns()
    {
        string folder = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Cli.Tests", "Transcripts");
        foreach (string path in Directory.GetFiles(folder, "*.md"))
        {
            string? command = null;
            int exitCode = ExitCodes.Ok;
            foreach (string? line in TranscriptFile.Read(File.ReadAllText(path)).Lines.Append(null))
            {
                string? script = line is null ? null : TranscriptFile.ScriptOf(line);
                if (line is not null && script?.StartsWith("$ marblerun ", StringComparison.Ordinal) != true)
                {
                    exitCode = script is not null && Exit().Match(script) is { Success: true } exit
                        ? int.Parse(exit.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                        : exitCode;
                    continue;
                }

                if (command is not null)
                {
                    yield return (command, exitCode);
                }

                ParseResult? parsed = script is null ? null : CommandLine.Root.Parse(script["$ marblerun ".Length..]);
                command = parsed is null ? null : NameOf(parsed.CommandResult.Command);
                exitCode = ExitCodes.Ok;
            }
        }
    }

    private static string? NameOf(Command command) =>
        CommandNode.Of(CommandLine.Root).FirstOrDefault(n => ReferenceEquals(n.Command, command))?.Name;

    [GeneratedRegex(@"\[exit (\d+)\]")]
    private static partial Regex Exit();

    [GeneratedRegex(@"(?:Exit code |, )([0-5])(?=:| if)")]
    private static partial Regex Code();
}
