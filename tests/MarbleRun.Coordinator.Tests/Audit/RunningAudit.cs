using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>A writer at work on a folder.</summary>
internal sealed class RunningAudit : IAsyncDisposable
{
    private readonly AuditFolder _folder;
    private readonly Task _running;

    public RunningAudit(
        TemporaryDirectory directory, IFileOperations? files = null, AuditHead? expectedHead = null, int fileSize = AuditFolder.FileSize)
    {
        _folder = new AuditFolder(PathIn(directory), files ?? new FileOperations(), expectedHead, fileSize);
        Writer = new AuditWriter(_folder, new LastingFault(TimeProvider.System), new WaitingClock(), Logs.CreateLogger<AuditWriter>());
        _running = Writer.RunAsync();
    }

    public AuditWriter Writer { get; }

    public RecordingLogs Logs { get; } = new();

    public AuditHead Head => _folder.Head;

    public static AuditEntry Entry(string detail = "value") =>
        new("secrets.read", AuditOutcome.Allowed, "admin", null, ("secrets", detail));

    public static string[] FilesOf(TemporaryDirectory directory) =>
        [.. Directory.GetFiles(PathIn(directory), "*.jsonl").Order(StringComparer.Ordinal)];

    /// <summary>What verifying the files finds.</summary>
    public static AuditVerification Verify(TemporaryDirectory directory, string? expectedHead = null) => AuditTrail.Verify(
        [.. FilesOf(directory).Select(path => new AuditFile(Path.GetFileName(path), File.ReadAllBytes(path)))],
        AuditHead.Start.Hash,
        expectedHead);

    public Task<AuditHead> RecordAsync(string detail = "value") => Writer.RecordAsync(Entry(detail), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Writer.Complete();
        await _running;
        _folder.Dispose();
    }

    private static string PathIn(TemporaryDirectory directory) => directory.File("audit");
}
