namespace MarbleRun.Activation;

/// <summary>
/// The process was stopped while it started. The host logs the whole exception of a failed start, so this exception is one line: nothing
/// failed.
/// </summary>
internal sealed class StartStoppedException(CancellationToken cancellationToken)
    : OperationCanceledException("This process was stopped before it became a Marble. Nothing was applied.", cancellationToken)
{
    public override string ToString() => Message;
}
