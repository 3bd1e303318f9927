namespace MarbleRun.Coordinator.Audit;

/// <summary>The audit trail cannot be written or continued. What should have been recorded must not happen; the sentence holds nothing of the record.</summary>
internal sealed class AuditException(string message, Exception? innerException = null) : MarbleRunException(message, innerException!);
