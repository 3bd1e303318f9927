namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>
/// Every file in this folder is a transcript of the command line against a Coordinator in this process: what is typed, and what comes. With
/// <c>MARBLERUN_UPDATE_TRANSCRIPTS=1</c> the files are written again with the output of this run; read the difference.
/// </summary>
public sealed class TranscriptTests
{
    public static TheoryData<string> Files => TranscriptComparison.FilesWith(tee: false);

    [Theory]
    [MemberData(nameof(Files))]
    public Task Run_Transcript_WritesWhatItSays(string name) => TranscriptComparison.RunAsync(name);
}
