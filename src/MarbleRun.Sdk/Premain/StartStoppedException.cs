namespace MarbleRun.Activation;

/// <summary>
/// The process was told to stop while it started. The host logs an exception of its start as a whole, so that this one is one line: nothing failed.
/// </summary>
internal sealed class StartStoppedException(CancellationToken cancellationToken)
    : OperationCanceledException("This process was told to stop before it was a Marble. Nothing was applied.", cancellationToken)
{
    public override string ToString() => Message;
}
