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

    private readonly IAuditTrail _trail;
    private readonly LastingFault _fault;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<AuditWriter> _logger;
    private readonly GroupCommit<PendingRecord> _records;

    public AuditWriter(IAuditTrail trail, LastingFault fault, TimeProvider timeProvider, ILogger<AuditWriter> logger)
    {
        (_trail, _fault, _timeProvider, _logger) = (trail, fault, timeProvider, logger);
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
        if (_trail.UnfinishedBytes > 0)
        {
            Log.Unfinished(_logger, _trail.UnfinishedBytes, _trail.Head.Sequence);
        }

        return _records.RunAsync();
    }

    /// <summary>Stops accepting records.</summary>
    public void Complete() => _records.Complete();

    /// <summary>Every failure is the answer to all who wait.</summary>
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
        private readonly List<ReadOnlyMemory<byte>> _lines = [];
        private AuditHead _head = writer._trail.Tail;
        private int _size;

        public bool IsFull => _size >= MaxGroupBytes;

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

            _lines.Add(line);
            _size += line.Length + 1;
            _head = new AuditHead(_head.Sequence + 1, Convert.ToHexStringLower(SHA256.HashData(line)));
            record.Head = _head;
        }

        public async Task CommitAsync()
        {
            try
            {
                await writer._trail.AppendAsync(_lines, _head);
            }
            catch (Exception exception)
            {
                throw writer.Refuse(exception, _lines.Count);
            }

            writer._fault.End();
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
