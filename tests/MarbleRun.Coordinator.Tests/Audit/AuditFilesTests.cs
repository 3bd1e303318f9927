using System.Globalization;
using System.Text;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>
/// A start on a trail of many files, of which the state knows an early record: one after another, and nothing may be missing between them.
/// </summary>
[Trait("Security", "G7")]
public sealed class AuditFilesTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<AuditHead> _heads = [];
    private string[] _files = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using (var audit = new RunningAudit(_directory, fileSize: 500))
        {
            for (int i = 0; i < 16; i++)
            {
                _heads.Add(await audit.RecordAsync());
            }
        }

        _files = RunningAudit.FilesOf(_directory);
        Assert.True(_files.Length >= 5);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Open_HeadInAnEarlyFile_ReadsEachFileFromThereOnce()
    {
        var files = new ReadingDisk();

        using (Open(_heads[0], files))
        {
            Assert.Equal(_files, files.Read);
        }

        files.Read.Clear();
        using AuditFolder folder = Open(_heads[^1], files);
        Assert.Equal(_files[^2..], files.Read);
        Assert.Equal(_heads[^1], folder.Head);
    }

    [Fact]
    public async Task Open_HeadInAnEarlyFile_GoesOnAtTheEnd()
    {
        using (AuditFolder folder = Open(_heads[1]))
        {
            Assert.Equal((_heads[^1], 0), (folder.Head, folder.UnfinishedBytes));
        }

        await using (var audit = new RunningAudit(_directory, expectedHead: _heads[1], fileSize: 500))
        {
            await audit.RecordAsync();
        }

        AuditVerification found = RunningAudit.Verify(_directory, _heads[1].Hash);
        Assert.Equal((true, 17), (found.IsIntact, found.RecordCount));
    }

    [Fact]
    public void Open_AnyFileInTheMiddleMissing_IsRefused()
    {
        foreach (string path in _files[1..^1])
        {
            byte[] content = File.ReadAllBytes(path);
            File.Delete(path);

            AuditException refused = Assert.Throws<AuditException>(() => Open(_heads[0]));
            Assert.Contains("was changed", refused.Message, StringComparison.Ordinal);
            File.WriteAllBytes(path, content);
        }

        Open(_heads[0]).Dispose();
    }

    [Fact]
    public void Open_FileOfTheKnownRecordMissing_IsRefused()
    {
        File.Delete(_files[0]);

        Assert.Throws<AuditException>(() => Open(_heads[0]));

        // Records after it prove nothing of what was before; the ones that the state knows of are there.
        Open(_heads[^1]).Dispose();
    }

    [Fact]
    public void Open_AnyRecordMissingAtTheEndOfAFileOrAtItsBegin_IsRefused()
    {
        foreach (string path in _files[..^1])
        {
            string[] lines = File.ReadAllLines(path);
            foreach (string[] rest in (string[][])[lines[..^1], lines[1..], []])
            {
                File.WriteAllText(path, string.Concat(rest.Select(l => l + "\n")));
                Assert.Throws<AuditException>(() => Open(_heads[0]));
            }

            File.WriteAllText(path, string.Concat(lines.Select(l => l + "\n")));
        }

        Open(_heads[0]).Dispose();
    }

    [Fact]
    public async Task Open_UnfinishedRecordInAFileThatIsNotTheLast_IsRefused()
    {
        foreach (string path in _files[..^1])
        {
            byte[] whole = await File.ReadAllBytesAsync(path, Cancellation);
            foreach (byte[] content in (byte[][])[[.. whole, .. "{\"seq\":4,\"ti"u8], whole[..^1], whole[..^20]])
            {
                await File.WriteAllBytesAsync(path, content, Cancellation);
                Assert.Throws<AuditException>(() => Open(_heads[0]));
            }

            await File.WriteAllBytesAsync(path, whole, Cancellation);
        }

        // At the end of the last one it is what a power cut leaves.
        await File.AppendAllTextAsync(_files[^1], "{\"seq\":", Cancellation);
        using AuditFolder folder = Open(_heads[0]);
        Assert.Equal((_heads[^1], 7), (folder.Head, folder.UnfinishedBytes));
    }

    [Fact]
    public void Open_FilesThatChangedTheirNames_AreRefused()
    {
        (byte[] first, byte[] second) = (File.ReadAllBytes(_files[1]), File.ReadAllBytes(_files[2]));
        File.WriteAllBytes(_files[1], second);
        File.WriteAllBytes(_files[2], first);

        Assert.Throws<AuditException>(() => Open(_heads[0]));
    }

    [Fact]
    public void Open_AnyRecordOfAnyFileChanged_IsRefused()
    {
        // Nothing shows the very last record but the head that is kept elsewhere.
        foreach (string path in _files[..^1])
        {
            string text = File.ReadAllText(path);
            for (int at = text.IndexOf(
                "admin", StringComparison.Ordinal); at >= 0; at = text.IndexOf("admin", at + 1, StringComparison.Ordinal))
            {
                File.WriteAllText(path, string.Concat(text.AsSpan(0, at), "nimda", text.AsSpan(at + 5)), Encoding.ASCII);
                Assert.Throws<AuditException>(() => Open(_heads[0]));
            }

            File.WriteAllText(path, text, Encoding.ASCII);
        }
    }

    [Fact]
    public void Open_EmptyLastFile_IsTakenIfItsNameFitsAlone()
    {
        string next = _files[^1].Replace(
            Number(_files[^1]), (_heads[^1].Sequence + 1).ToString("d20", CultureInfo.InvariantCulture), StringComparison.Ordinal);
        File.WriteAllBytes(next, []);
        using (AuditFolder folder = Open(_heads[0]))
        {
            Assert.Equal(_heads[^1], folder.Head);
        }

        File.Move(next, _files[^1].Replace(
            Number(_files[^1]), (_heads[^1].Sequence + 2).ToString("d20", CultureInfo.InvariantCulture), StringComparison.Ordinal));
        Assert.Throws<AuditException>(() => Open(_heads[0]));
    }

    private AuditFolder Open(AuditHead expected, IFileOperations? files = null) =>
        new(_directory.File("audit"), files ?? new FileOperations(), expected, fileSize: 500);

    private static string Number(string path) => Path.GetFileName(path)["audit-".Length..^".jsonl".Length];

    private sealed class ReadingDisk : IFileOperations
    {
        private readonly FileOperations _real = new();

        public List<string> Read { get; } = [];

        byte[]? IFileOperations.Read(string path)
        {
            Read.Add(path);
            return _real.Read(path);
        }

        public void WriteDurably(string path, ReadOnlySpan<byte> content) => _real.WriteDurably(path, content);

        public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content) => _real.AppendDurably(path, offset, content);

        public void Rename(string source, string destination) => _real.Rename(source, destination);

        public void Delete(string path) => _real.Delete(path);

        public void FlushDirectory(string directory) => _real.FlushDirectory(directory);
    }
}
