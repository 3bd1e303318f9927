using MarbleRun.Audit;

namespace MarbleRun.Coordinator.Audit;

/// <summary>Where the records of this Coordinator are. One caller adds to it; others may read the head at the same time.</summary>
internal interface IAuditTrail : IDisposable
{
    /// <summary>The end of the trail: all records up to it are durable. The Coordinator keeps it in its state to detect later that the
    /// trail was cut off.</summary>
    AuditHead Head { get; }

    /// <summary>What the next record follows: the head, or the last record of which it is not known whether it is durable.</summary>
    AuditHead Tail { get; }

    /// <summary>Bytes of an unfinished record of the last run; the next record replaces them.</summary>
    int UnfinishedBytes { get; }

    /// <summary>Adds records. After this returns they survive a power failure.</summary>
    /// <param name="lines">Each without a line feed; the first one follows <see cref="Tail"/>.</param>
    /// <param name="head">The end of the trail after them.</param>
    /// <exception cref="AuditException">The records are not durable. <see cref="Tail"/> says what the next one follows.</exception>
    Task AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> lines, AuditHead head);
}
