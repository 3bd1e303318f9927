namespace MarbleRun.Coordinator.Recovery;

/// <summary>A step of recovery was refused; the sentence may go to whoever asked, and holds no secret.</summary>
internal sealed class RecoveryException(RecoveryFailure failure, string message, Exception? innerException = null)
    : MarbleRunException(message, innerException!)
{
    public RecoveryFailure Failure { get; } = failure;
}
