using MarbleRun.Audit;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// The files of the audit trail in their folder: <c>audit-N.jsonl</c>, where N, with 20 digits, is the number of the first record in the
/// file. The last file grows up to a size; the others are never written again. Not thread-safe.
/// </summary>
internal sealed class AuditFolder : IAuditTrail
{
    /// <summary>A file with this many bytes is full, and the next record starts another one.</summary>
    public const int FileSize = 8 * 1024 * 1024;

    private readonly string _directory;
    private readonly IFileOperations _files;
    private readonly int _fileSize;
    private readonly FileStream _lock;
    private string? _path;
    private long _length;
    private bool _isClean = true;
    private AuditHead _head = AuditHead.Start;

    /// <summary>Continues the trail in a folder, or starts a new one.</summary>
    /// <param name="directory">The folder; it is created if it does not exist.</param>
    /// <param name="files">How files are written.</param>
    /// <param name="expectedHead">An earlier head of the trail, from a trusted place: no record before it may be missing. Or null.</param>
    /// <param name="fileSize">The size of a full file, in bytes.</param>
    /// <exception cref="AuditException">The folder cannot be used, or its content was changed.</exception>
    public AuditFolder(string directory, IFileOperations files, AuditHead? expectedHead, int fileSize = FileSize)
    {
        _directory = Path.GetFullPath(directory);
        _files = files;
        _fileSize = fileSize;
        try
        {
            _lock = PrivateDirectory.Lock(_directory);
        }
        catch (Exception exception) when (IsFileError(exception))
        {
            throw new AuditException(
                $"The folder of the audit trail '{_directory}' cannot be used: {exception.Message} "
                + "Either another Coordinator uses it, or this user may not write to it. "
                + "Choose another folder with Coordinator:AuditDirectory.",
                exception);
        }

        try
        {
            Continue(expectedHead ?? AuditHead.Start);
        }
        catch (Exception exception)
        {
            _lock.Dispose();
            if (IsFileError(exception))
            {
                throw new AuditException($"The audit trail in '{_directory}' cannot be read: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>The folder.</summary>
    public string Directory => _directory;

    public AuditHead Head => Volatile.Read(ref _head);

    public AuditHead Tail => Head;

    public int UnfinishedBytes { get; private set; }

    public Task AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> lines, AuditHead head)
    {
        byte[] content = new byte[lines.Sum(line => line.Length + 1)];
        Span<byte> rest = content;
        foreach (ReadOnlyMemory<byte> line in lines)
        {
            line.Span.CopyTo(rest);
            rest[line.Length] = (byte)'\n';
            rest = rest[(line.Length + 1)..];
        }

        Append(content, head);
        return Task.CompletedTask;
    }

    /// <summary>Adds complete lines. After this returns they survive a power failure; if it throws they are not part of the
    /// trail.</summary>
    /// <param name="lines">Each with its line feed.</param>
    /// <param name="head">The end of the trail after them.</param>
    /// <exception cref="AuditException">The lines could not be written. The call may be repeated.</exception>
    public void Append(ReadOnlySpan<byte> lines, AuditHead head)
    {
        // The remains of a failed append must be overwritten in place, before the file is complete.
        bool isNew = _path is null || (_length >= _fileSize && _isClean);
        string path = isNew ? PathOf(_head.Sequence + 1) : _path!;
        long offset = isNew ? 0 : _length;
        try
        {
            _files.AppendDurably(path, offset, lines);
            if (offset == 0)
            {
                _files.FlushDirectory(_directory);
            }
        }
        catch (Exception exception) when (IsFileError(exception))
        {
            _isClean &= isNew;
            throw new AuditException(
                $"The audit trail in '{_directory}' cannot be written, so every action that must be recorded "
                + $"is refused: {exception.Message}",
                exception);
        }

        _path = path;
        _length = offset + lines.Length;
        _isClean = true;
        Volatile.Write(ref _head, head);
    }

    public void Dispose() => _lock.Dispose();

    private void Continue(AuditHead expected)
    {
        List<(long First, string Path)> trail =
            [.. AuditFileNames.Enumerate(_directory).Select(path => (NumberOf(path), path)).Order()];
        if (trail.Count == 0)
        {
            Require(expected.Sequence == 0, $"it ended with record {expected.Sequence}, and now it is empty");
            return;
        }

        // From the file that contains the expected record on; always the last two, because the last one may be new and still empty.
        int holder = Math.Max(trail.FindLastIndex(file => file.First <= expected.Sequence), 0);
        int from = Math.Min(Math.Max(trail.Count - 2, 0), holder);
        string? previous = trail[from].First == 1 ? AuditHead.Start.Hash : null;
        long next = trail[from].First;
        foreach ((long first, string path) in trail[from..])
        {
            // One file at a time, because there may be many if the state was not written for a long time.
            var file = new AuditFile(Path.GetFileName(path), _files.Read(path) ?? []);
            string? demanded = expected.Sequence > 0 && path == trail[holder].Path ? expected.Hash : null;
            AuditVerification found = AuditTrail.Verify([file], previous, demanded);
            Require(
                found.IsIntact,
                found.IsIntact ? string.Empty : $"{found.Faults[0].File}, line {found.Faults[0].Line}: {found.Faults[0].Message}");

            // The name of a file must match its records, and they must continue those of the previous file.
            bool isLast = path == trail[^1].Path;
            long begins = found.RecordCount == 0 ? next : found.Head.Sequence - found.RecordCount + 1;
            Require(first == begins && begins == next, $"{file.Name} does not begin with the record that its name specifies");
            Require(
                isLast || found is { UnfinishedBytes: 0, RecordCount: > 0 },
                $"{file.Name} ends in the middle of a record, and others follow");
            if (found.RecordCount > 0)
            {
                (_head, previous, next) = (found.Head, found.Head.Hash, found.Head.Sequence + 1);
            }

            _path = path;
            _length = file.Content.Length - found.UnfinishedBytes;
            _isClean = found.UnfinishedBytes == 0;
            UnfinishedBytes = found.UnfinishedBytes;
        }
    }

    private void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new AuditException(
                $"The audit trail in '{_directory}' was changed: {fault}. Run marblerun audit verify for details. Restore the files, "
            + "or keep them elsewhere as evidence, give the Coordinator an empty folder, "
            + "and start it once with Coordinator:NewAuditTrail.");
        }
    }

    private string PathOf(long first) => AuditFileNames.PathOf(_directory, first);

    private static long NumberOf(string path) =>
        AuditFileNames.FirstOf(path) ?? throw new AuditException($"'{path}' is not a file of an audit trail. Move it elsewhere.");

    private static bool IsFileError(Exception exception) => exception is IOException or UnauthorizedAccessException;
}
