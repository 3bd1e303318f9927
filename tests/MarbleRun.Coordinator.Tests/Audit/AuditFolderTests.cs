using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>What a start finds, and what it makes of it.</summary>
public sealed class AuditFolderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    /// <summary>.NET locks a file that it reads on Linux, too: the trail must not be a thing that a reader can stop.</summary>
    [Fact]
    public async Task Record_WhileAnAuditorReadsTheFile_IsWritten()
    {
        await using var audit = new RunningAudit(_directory);
        await audit.RecordAsync("first");
        string file = Assert.Single(RunningAudit.FilesOf(_directory));
        using FileStream reader = File.OpenRead(file);

        AuditHead head = await audit.RecordAsync("second");

        Assert.Equal(2, head.Sequence);
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Record_KilledAtEveryFileOperation_LosesNothingThatWasAnswered()
    {
        bool crashed = true;
        int kills = 0;
        for (; crashed; kills++)
        {
            using var directory = new TemporaryDirectory();
            var files = new CrashingFileOperations(kills);
            AuditHead answered = AuditHead.Start;
            await using (var audit = new RunningAudit(directory, files, fileSize: 500))
            {
                try
                {
                    for (int i = 0; i < 8; i++)
                    {
                        answered = await audit.RecordAsync($"{i}");
                    }
                }
                catch (AuditException) when (files.Crashed)
                {
                    // Expected for all but the last round.
                }
            }

            crashed = files.Crashed;
            await using var again = new RunningAudit(directory, expectedHead: answered, fileSize: 500);
            Assert.InRange(again.Head.Sequence, answered.Sequence, answered.Sequence + 1);
            AuditHead next = await again.RecordAsync("after the crash");
            AuditVerification found = RunningAudit.Verify(directory, answered.Sequence == 0 ? null : answered.Hash);
            Assert.True(found.IsIntact, $"killed at operation {kills}: {found.Faults.FirstOrDefault()}");
            Assert.Equal((next, 0), (found.Head, found.UnfinishedBytes));
        }

        Assert.True(kills > 10, $"only {kills} operations were reached");
    }

    [Fact]
    public async Task Open_AfterATornWrite_SaysSoAndGoesOn()
    {
        string file = await WriteAsync(3);
        await File.AppendAllTextAsync(file, "{\"seq\":4,\"ti", Cancellation);

        await using var audit = new RunningAudit(_directory);
        await audit.RecordAsync();

        AuditVerification found = RunningAudit.Verify(_directory);
        Assert.Equal((true, 4, 0), (found.IsIntact, found.RecordCount, found.UnfinishedBytes));
        Assert.Contains(audit.Logs.Entries, e => e.Contains("12 bytes after record 3 are dropped", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "G7")]
    public async Task Open_AnyLineOfTheLastFileChanged_IsRefusedWithAMessage()
    {
        string file = await WriteAsync(4);
        string[] lines = await File.ReadAllLinesAsync(file, Cancellation);
        for (int i = 0; i < 3; i++)
        {
            string changed = lines[i].Replace("admin", "nimda", StringComparison.Ordinal);
            await File.WriteAllLinesAsync(file, [.. lines[..i], changed, .. lines[(i + 1)..]], Cancellation);
            AuditException refusal = Assert.Throws<AuditException>(() => Open(null));
            Assert.Contains(
                $"line {i + 2}: record {i + 2} was written after a line with the hash", refusal.Message, StringComparison.Ordinal);

            await File.WriteAllLinesAsync(file, lines.Where((_, n) => n != i), Cancellation);
            Assert.Throws<AuditException>(() => Open(null));
        }
    }

    [Fact]
    [Trait("Security", "G7")]
    public async Task Open_EndCutOff_IsRefusedForTheHeadThatWasKept()
    {
        string file = await WriteAsync(4);
        AuditHead kept = RunningAudit.Verify(_directory).Head;
        string[] lines = await File.ReadAllLinesAsync(file, Cancellation);
        await File.WriteAllLinesAsync(file, lines[..3], Cancellation);

        Open(null).Dispose();
        AuditException refusal = Assert.Throws<AuditException>(() => Open(kept));
        File.Delete(file);
        AuditException nothing = Assert.Throws<AuditException>(() => Open(kept));

        Assert.Contains($"no line has the hash {kept.Hash}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("it ended with record 4, and now it is empty", nothing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_HeadOfAnyEarlierFile_IsFoundThere()
    {
        var heads = new List<AuditHead>();
        await using (var audit = new RunningAudit(_directory, fileSize: 500))
        {
            for (int i = 0; i < 12; i++)
            {
                heads.Add(await audit.RecordAsync());
            }
        }

        foreach (AuditHead head in heads)
        {
            using AuditFolder folder = Open(head);
            Assert.Equal(heads[^1], folder.Head);
        }

        Assert.Throws<AuditException>(() => Open(heads[4] with { Hash = new string('a', 64) }));
    }

    [Fact]
    public async Task Open_FileUnderAnotherName_IsRefused()
    {
        string file = await WriteAsync(2);
        File.Move(file, file.Replace("001.jsonl", "002.jsonl", StringComparison.Ordinal));
        AuditException renamed = Assert.Throws<AuditException>(() => Open(null));
        File.Move(file.Replace("001.jsonl", "002.jsonl", StringComparison.Ordinal), _directory.File("audit/audit-backup.jsonl"));
        AuditException outsider = Assert.Throws<AuditException>(() => Open(null));

        Assert.Contains("does not begin with the record that its name specifies", renamed.Message, StringComparison.Ordinal);
        Assert.EndsWith("is not a file of an audit trail. Move it elsewhere.", outsider.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_InUseByAnother_IsRefusedWithAMessage()
    {
        using AuditFolder first = Open(null);

        AuditException refusal = Assert.Throws<AuditException>(() => Open(null));

        Assert.Contains("another Coordinator uses it", refusal.Message, StringComparison.Ordinal);
    }

    private AuditFolder Open(AuditHead? expectedHead) => new(_directory.File("audit"), new FileOperations(), expectedHead);

    private async Task<string> WriteAsync(int records)
    {
        await using var audit = new RunningAudit(_directory);
        for (int i = 0; i < records; i++)
        {
            await audit.RecordAsync();
        }

        return Assert.Single(RunningAudit.FilesOf(_directory));
    }
}
