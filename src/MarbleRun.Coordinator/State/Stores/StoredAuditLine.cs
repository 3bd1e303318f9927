namespace MarbleRun.Coordinator.State.Stores;

/// <summary>A line of an audit trail in a store.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Line">The line without its line feed.</param>
public readonly record struct StoredAuditLine(long Sequence, ReadOnlyMemory<byte> Line);
