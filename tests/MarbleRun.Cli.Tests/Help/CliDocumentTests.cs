using MarbleRun.Cli;
using MarbleRun.Cli.Help;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Help;

/// <summary>
/// The reference in <c>docs</c> and the manual page are what the commands say, and the examples of results are from transcripts.
/// </summary>
public sealed class CliDocumentTests
{
    private const string UpdateVariable = "MARBLERUN_UPDATE_CLI";

    private static readonly string s_transcripts = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Cli.Tests", "Transcripts");

    [Fact]
    public async Task Reference_OfAllCommands_IsTheirDocument() => await AssertSameAsync(
        Path.Combine(RepositoryFiles.Root, "docs", "cli.md"), MarkdownPage.Write(CommandLine.Root, FindJson));

    [Fact]
    public async Task ManualPage_OfAllCommands_IsTheirDocument()
    {
        Transcript man = await Transcript.RunAsync("man");

        await AssertSameAsync(Path.Combine(RepositoryFiles.Root, "docs", "marblerun.1"), man.Output);
    }

    private static async Task AssertSameAsync(string path, string expected)
    {
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            await File.WriteAllTextAsync(path, expected, TestContext.Current.CancellationToken);
        }

        Assert.Equal(expected, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    /// <summary>The first result of a command as JSON in the transcripts.</summary>
    private static string? FindJson(string command)
    {
        foreach (string file in Directory.GetFiles(s_transcripts, "*.md").Order(StringComparer.Ordinal))
        {
            string[] lines = File.ReadAllLines(file);
            int start = Array.FindIndex(lines, line =>
                line.StartsWith($"    $ {command} ", StringComparison.Ordinal)
                && line.Contains(" json", StringComparison.Ordinal));
            if (start >= 0 && lines[start + 1] == "    {")
            {
                int end = Array.FindIndex(lines, start, line => line == "    }");
                return string.Join('\n', lines[(start + 1)..(end + 1)].Select(line => line[4..]));
            }
        }

        return null;
    }
}
