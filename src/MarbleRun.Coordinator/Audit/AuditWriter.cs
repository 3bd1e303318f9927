using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// The single writer of the audit trail. A decision waits until its record is durable, and only then is answered; if the record cannot be
/// written, the decision must not take effect. Records that wait at the same time are made durable as one group.
/// </summary>
internal sealed partial class AuditWriter(AuditFolder folder, LastingFault fault, TimeProvider timeProvider, ILogger<AuditWriter> logger)
{
    private const int MaxGroupSize = 256;
    private const int MaxGroupBytes = 1024 * 1024;

    private readonly Channel<PendingRecord> _records = Channel.CreateUnbounded<PendingRecord>(
        new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Records a decision, and waits until the record is durable.</summary>
    /// <param name="entry">The decision.</param>
    /// <param name="cancellationToken">Ends the wait; the record may still be written.</param>
    /// <returns>The end of the trail after the record.</returns>
    /// <exception cref="AuditException">The record was not written: refuse the action.</exception>
    public async Task<AuditHead> RecordAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var pending = new PendingRecord(entry);
        if (!_records.Writer.TryWrite(pending))
        {
            throw new AuditException("The Coordinator is stopping and records nothing more.");
        }

        return await pending.Completion.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Runs until <see cref="Complete"/>; all accepted records are answered before it returns.</summary>
    public async Task RunAsync()
    {
        if (folder.UnfinishedBytes > 0)
        {
            Log.Unfinished(logger, folder.UnfinishedBytes, folder.Head.Sequence);
        }

        while (await _records.Reader.WaitToReadAsync())
        {
            WriteGroup();
        }
    }

    /// <summary>Stops accepting records.</summary>
    public void Complete() => _records.Writer.TryComplete();

    private void WriteGroup()
    {
        AuditHead head = folder.Head;
        var lines = new ArrayBufferWriter<byte>();
        var group = new List<(PendingRecord Record, AuditHead Head)>();
        try
        {
            while (group.Count < MaxGroupSize && lines.WrittenCount < MaxGroupBytes && _records.Reader.TryRead(out PendingRecord? pending))
            {
                group.Add((pending, head));
                byte[] line = pending.Entry.After(head, timeProvider.GetUtcNow()).ToLine();
                lines.Write(line);
                lines.Write("\n"u8);
                head = new AuditHead(head.Sequence + 1, Convert.ToHexStringLower(SHA256.HashData(line)));
                group[^1] = (pending, head);
            }

            folder.Append(lines.WrittenSpan, head);
        }
#pragma warning disable CA1031 // Every failure is the answer to all waiting records; the trail stays unchanged.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            AuditException answer = exception as AuditException
                ?? new AuditException("The audit trail cannot be written, so every action that must be recorded is refused.", exception);
            fault.Begin("the audit trail cannot be written, so every activation is refused");
            Log.NotWritten(logger, group.Count, exception);
            group.ForEach(member => member.Record.Completion.TrySetException(answer));
            return;
        }

        fault.End();
        group.ForEach(member => member.Record.Completion.TrySetResult(member.Head));
    }

    private sealed record PendingRecord(AuditEntry Entry)
    {
        public TaskCompletionSource<AuditHead> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
