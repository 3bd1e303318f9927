namespace MarbleRun.Coordinator.Audit;

/// <summary>The audit trail cannot be written or continued. The decision that should have been recorded must not take effect; the message
/// contains nothing of the record.</summary>
internal sealed class AuditException(string message, Exception? innerException = null) : MarbleRunException(message, innerException!);
