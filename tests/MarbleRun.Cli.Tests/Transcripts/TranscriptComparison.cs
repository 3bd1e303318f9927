using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>Runs a transcript, and compares it with what it wrote when it was made.</summary>
internal static class TranscriptComparison
{
    private static readonly string s_folder = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Cli.Tests", "Transcripts");

    /// <param name="tee">Whether the transcripts choose a world of the fake shim.</param>
    public static TheoryData<string> FilesWith(bool tee) =>
    [
        .. Directory.GetFiles(s_folder, "*.md")
            .Where(path => File.ReadAllText(path).Contains("\n    tee ", StringComparison.Ordinal) == tee)
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal),
    ];

    public static async Task RunAsync(string name)
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
