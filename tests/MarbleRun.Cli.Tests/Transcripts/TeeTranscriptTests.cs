using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>As <see cref="TranscriptTests"/>, in worlds of the fake shim, of which the process has one at a time.</summary>
[Collection(FakeTee.Tests)]
public sealed class TeeTranscriptTests : IDisposable
{
    public static TheoryData<string> Files => TranscriptComparison.FilesWith(tee: true);

    public void Dispose() => FakeTee.Leave();

    [Theory]
    [MemberData(nameof(Files))]
    public Task Run_Transcript_WritesWhatItSays(string name) => TranscriptComparison.RunAsync(name);
}
