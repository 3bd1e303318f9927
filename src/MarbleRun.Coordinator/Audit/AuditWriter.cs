using System.Buffers;
using System.Security.Cryptography;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State.Changes;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// The single writer of the audit trail. A decision waits until its record is durable, and only then is answered; if the record cannot be
/// written, the decision must not take effect. Records that wait at the same time are made durable as one group.
/// </summary>
internal sealed partial class AuditWriter
{
    private const int MaxGroupSize = 256;
    private const int MaxGroupBytes = 1024 * 1024;

    private readonly AuditFolder _folder;
    private readonly LastingFault _fault;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<AuditWriter> _logger;
    private readonly GroupCommit<PendingRecord> _records;

    public AuditWriter(AuditFolder folder, LastingFault fault, TimeProvider timeProvider, ILogger<AuditWriter> logger)
    {
        (_folder, _fault, _timeProvider, _logger) = (folder, fault, timeProvider, logger);
        _records = new GroupCommit<PendingRecord>(() => new RecordGroup(this), MaxGroupSize);
    }

    /// <summary>Records a decision, and waits until the record is durable.</summary>
    /// <param name="entry">The decision.</param>
    /// <param name="cancellationToken">Ends the wait; the record may still be written.</param>
    /// <returns>The end of the trail after the record.</returns>
    /// <exception cref="AuditException">The record was not written: refuse the action.</exception>
    public async Task<AuditHead> RecordAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var pending = new PendingRecord(entry);
        if (!_records.TryAdd(pending))
        {
            throw new AuditException("The Coordinator is stopping and records nothing more.");
        }

        return await pending.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Runs until <see cref="Complete"/>; all accepted records are answered before it returns.</summary>
    public Task RunAsync()
    {
        if (_folder.UnfinishedBytes > 0)
        {
            Log.Unfinished(_logger, _folder.UnfinishedBytes, _folder.Head.Sequence);
        }

        return _records.RunAsync();
    }

    /// <summary>Stops accepting records.</summary>
    public void Complete() => _records.Complete();

    /// <summary>Every failure is the answer to all who wait; the trail stays unchanged.</summary>
    private AuditException Refuse(Exception exception, int count)
    {
        _fault.Begin("the audit trail cannot be written, so every activation is refused");
        Log.NotWritten(_logger, count, exception);
        return exception as AuditException
            ?? new AuditException("The audit trail cannot be written, so every action that must be recorded is refused.", exception);
    }

    /// <summary>Records that are written together, each chained to the one before.</summary>
    private sealed class RecordGroup(AuditWriter writer) : ICommitGroup<PendingRecord>
    {
        private readonly ArrayBufferWriter<byte> _lines = new(initialCapacity: 1024);
        private AuditHead _head = writer._folder.Head;
        private int _count;

        public bool IsFull => _lines.WrittenCount >= MaxGroupBytes;

        public void Add(PendingRecord record)
        {
            byte[] line;
            try
            {
                line = record.Entry.After(_head, writer._timeProvider.GetUtcNow()).ToLine();
            }
            catch (Exception exception)
            {
                throw writer.Refuse(exception, count: 1);
            }

            _lines.Write(line);
            _lines.Write("\n"u8);
            _head = new AuditHead(_head.Sequence + 1, Convert.ToHexStringLower(SHA256.HashData(line)));
            record.Head = _head;
            _count++;
        }

        public Task CommitAsync()
        {
            try
            {
                writer._folder.Append(_lines.WrittenSpan, _head);
            }
            catch (Exception exception)
            {
                throw writer.Refuse(exception, _count);
            }

            writer._fault.End();
            return Task.CompletedTask;
        }
    }

    private sealed class PendingRecord(AuditEntry entry) : IWaiting
    {
        private readonly TaskCompletionSource<AuditHead> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AuditEntry Entry => entry;

        /// <summary>The end of the trail after the record.</summary>
        public AuditHead? Head { get; set; }

        public Task<AuditHead> Task => _completion.Task;

        public void Succeed() => _completion.TrySetResult(Head!);

        public void Fail(Exception exception) => _completion.TrySetException(exception);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.AuditNotWritten,
            LogLevel.Error,
            "{Count} decisions could not be recorded in the audit trail and are refused.",
            EventName = "AuditNotWritten")]
        public static partial void NotWritten(ILogger logger, int count, Exception exception);

        [LoggerMessage(
            EventIds.AuditUnfinished,
            LogLevel.Warning,
            "The last run ended while it wrote to the audit trail: {Bytes} bytes after record {Sequence} are dropped.",
            EventName = "AuditUnfinished")]
        public static partial void Unfinished(ILogger logger, int bytes, long sequence);
    }
}
