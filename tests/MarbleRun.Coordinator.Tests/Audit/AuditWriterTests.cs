using System.Runtime.Versioning;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Audit;

public sealed class AuditWriterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Trait("Security", "G6")]
    public async Task Record_WhenItReturns_IsOnTheDisk()
    {
        await using var audit = new RunningAudit(_directory);

        AuditHead first = await audit.RecordAsync("one");
        AuditVerification afterFirst = RunningAudit.Verify(_directory, first.Hash);
        AuditHead second = await audit.RecordAsync("two");

        Assert.Equal((true, 1, first), (afterFirst.IsIntact, afterFirst.RecordCount, afterFirst.Head));
        Assert.Equal((2, second), (second.Sequence, audit.Head));
        Assert.Equal(second, RunningAudit.Verify(_directory).Head);
    }

    [Fact]
    public async Task Record_From64AtTheSameTime_GivesOneWholeChain()
    {
        var disk = new FailingDisk();
        await using var audit = new RunningAudit(_directory, disk);

        AuditHead[] heads = await Task.WhenAll(Enumerable.Range(0, 64).Select(task => Task.Run(async () =>
        {
            AuditHead head = AuditHead.Start;
            for (int i = 0; i < 25; i++)
            {
                head = await audit.RecordAsync($"{task} {i}");
            }

            return head;
        })));

        AuditVerification found = RunningAudit.Verify(_directory, audit.Head.Hash);
        Assert.True(found.IsIntact);
        Assert.Equal(64 * 25, found.RecordCount);
        Assert.Equal(64, heads.Select(h => h.Hash).Distinct().Count());
        Assert.InRange(disk.Appends, 1, (64 * 25) - 1);
    }

    [Fact]
    public async Task Record_FileIsFull_GoesOnInAnother()
    {
        await using (var audit = new RunningAudit(_directory, fileSize: 600))
        {
            for (int i = 0; i < 10; i++)
            {
                await audit.RecordAsync();
            }
        }

        await using var again = new RunningAudit(_directory, fileSize: 600);
        await again.RecordAsync();

        Assert.Equal(
            [
                "audit-00000000000000000001.jsonl",
                "audit-00000000000000000004.jsonl",
                "audit-00000000000000000007.jsonl",
                "audit-00000000000000000010.jsonl",
            ],
            RunningAudit.FilesOf(_directory).Select(Path.GetFileName));
        AuditVerification found = RunningAudit.Verify(_directory, again.Head.Hash);
        Assert.Equal((true, 11), (found.IsIntact, found.RecordCount));
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Record_DiskIsFull_IsRefusedAndTheTrailGoesOnWhenThereIsSpace()
    {
        var disk = new FailingDisk();
        await using var audit = new RunningAudit(_directory, disk);
        AuditHead before = await audit.RecordAsync();

        disk.IsFull = true;
        AuditException refusal = await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync("canary in a record that is lost"));
        await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync());
        AuditVerification meanwhile = RunningAudit.Verify(_directory, before.Hash);
        disk.IsFull = false;
        AuditHead after = await audit.RecordAsync();

        Assert.EndsWith(
            "so every action that must be recorded is refused: No space left on device", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((true, 1), (meanwhile.IsIntact, meanwhile.RecordCount));
        Assert.NotEqual(0, meanwhile.UnfinishedBytes);
        Assert.Equal(2, after.Sequence);
        Assert.Equal((true, 2, 0), Outcome(RunningAudit.Verify(_directory, after.Hash)));
        Assert.Contains(audit.Logs.Entries, e => e.Contains("AuditNotWritten", StringComparison.Ordinal));
        Assert.DoesNotContain(audit.Logs.Entries, e => e.Contains("canary", StringComparison.Ordinal));
        Assert.DoesNotContain("canary", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_DiskIsFullAtTheEndOfAFile_LeavesNoHalfLineBehind()
    {
        var disk = new FailingDisk();
        await using (var audit = new RunningAudit(_directory, disk, fileSize: 400))
        {
            await audit.RecordAsync();
            disk.IsFull = true;
            await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync());
            disk.IsFull = false;
            await audit.RecordAsync();
            disk.IsFull = true;
            await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync());
        }

        disk.IsFull = false;
        await using var again = new RunningAudit(_directory, disk, fileSize: 400);
        await again.RecordAsync();
        await again.RecordAsync();

        Assert.Equal((true, 4, 0), Outcome(RunningAudit.Verify(_directory, again.Head.Hash)));
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Record_FileCutUnderTheWriter_IsRefused()
    {
        await using var audit = new RunningAudit(_directory);
        await audit.RecordAsync();
        await File.WriteAllTextAsync(RunningAudit.FilesOf(_directory)[0], "", Cancellation);

        AuditException refusal = await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync());

        Assert.Contains("somebody else cut it", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_WriterHasStopped_IsRefused()
    {
        var audit = new RunningAudit(_directory);
        await audit.DisposeAsync();

        await Assert.ThrowsAsync<AuditException>(() => audit.RecordAsync());
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Files_OfTheTrail_AreReadableByTheirOwnerAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using var audit = new RunningAudit(_directory);
        await audit.RecordAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(RunningAudit.FilesOf(_directory)[0]));
    }

    private static (bool IsIntact, long Records, int Unfinished) Outcome(AuditVerification found) =>
        (found.IsIntact, found.RecordCount, found.UnfinishedBytes);
}
