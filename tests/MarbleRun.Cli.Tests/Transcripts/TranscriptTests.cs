using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>
/// Every file in this folder is a transcript of the command line against a Coordinator in this process: what is typed, and what comes. With
/// <c>MARBLERUN_UPDATE_TRANSCRIPTS=1</c> the files are written again with the output of this run; read the difference.
/// </summary>
public sealed class TranscriptTests
{
    private static readonly string s_folder = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Cli.Tests", "Transcripts");

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(s_folder, "*.md").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Run_Transcript_WritesWhatItSays(string name)
    {
        string path = Path.Combine(s_folder, name);
        string expected = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await using var machine = new TranscriptMachine();

        string actual = await new TranscriptRun(TranscriptFile.Read(expected), machine).RunAsync();

        if (Environment.GetEnvironmentVariable("MARBLERUN_UPDATE_TRANSCRIPTS") == "1")
        {
            await File.WriteAllTextAsync(path, actual, TestContext.Current.CancellationToken);
        }
        else
        {
            Assert.Equal(expected, actual);
        }
    }
}
