using System.CommandLine;
using MarbleRun.Cli;
using MarbleRun.Cli.Help;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>Every command is shown, once as it succeeds and once as it fails.</summary>
public sealed class TranscriptCoverageTests
{
    /// <summary>Results that no transcript can have, and why.</summary>
    private static readonly Dictionary<(string Command, bool Succeeds), string> s_excepted = new()
    {
        [("marblerun dashboard", true)] = "It runs until it is stopped: MarbleRun.Dashboard.Tests.",
        [("marblerun doctor", true)] = "What it finds is that of the machine: DoctorRunTests.",
        [("marblerun selftest tee", true)] = "It needs a trusted execution environment: MarbleRun.Tee.Tests.",
        [("marblerun selftest tee", false)] = "What it finds is that of the machine: TeeSelfTestTests.",
        [("marblerun manifest new", true)] = "It needs a project that was built: ManifestNewTests.",
    };

    private static readonly ILookup<string, bool> s_runs = ReadRuns().ToLookup(r => r.Command, r => r.Succeeds, StringComparer.Ordinal);

    public static TheoryData<string, bool> Results =>
        [.. Leaves().SelectMany(name => new[] { (name, true), (name, false) }).Where(r => !s_excepted.ContainsKey(r))];

    [Theory]
    [MemberData(nameof(Results))]
    public void Transcripts_OfEachCommand_ShowBothResults(string command, bool succeeds) =>
        Assert.Contains(succeeds, s_runs[command]);

    [Fact]
    public void Exceptions_OfThisRule_AreNeeded() =>
        Assert.DoesNotContain(s_excepted.Keys, r => s_runs[r.Command].Contains(r.Succeeds));

    private static IEnumerable<string> Leaves() =>
        CommandNode.Of(CommandLine.Root).Where(n => n.Command.Action is not null && n.Path.Count > 0).Select(n => n.Name);

    /// <summary>The command that each line of a transcript runs, and whether it ended with 0.</summary>
    private static IEnumerable<(string Command, bool Succeeds)> ReadRuns()
    {
        string folder = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Cli.Tests", "Transcripts");
        foreach (string path in Directory.GetFiles(folder, "*.md"))
        {
            string? command = null;
            bool succeeds = true;
            foreach (string? line in TranscriptFile.Read(File.ReadAllText(path)).Lines.Append(null))
            {
                string? script = line is null ? null : TranscriptFile.ScriptOf(line);
                if (line is not null && script?.StartsWith("$ marblerun ", StringComparison.Ordinal) != true)
                {
                    succeeds &= script?.StartsWith("[exit ", StringComparison.Ordinal) != true;
                    continue;
                }

                if (command is not null)
                {
                    yield return (command, succeeds);
                }

                ParseResult? parsed = script is null ? null : CommandLine.Root.Parse(script["$ marblerun ".Length..]);
                command = parsed is null ? null : NameOf(parsed.CommandResult.Command);
                succeeds = true;
            }
        }
    }

    private static string? NameOf(Command command) =>
        CommandNode.Of(CommandLine.Root).FirstOrDefault(n => ReferenceEquals(n.Command, command))?.Name;
}
