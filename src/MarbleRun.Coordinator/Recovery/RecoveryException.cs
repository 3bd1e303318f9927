namespace MarbleRun.Coordinator.Recovery;

/// <summary>A step of recovery was refused; the message may go to the caller, and contains no secret.</summary>
internal sealed class RecoveryException(RecoveryFailure failure, string message, Exception? innerException = null)
    : MarbleRunException(message, innerException!)
{
    public RecoveryFailure Failure { get; } = failure;
}
