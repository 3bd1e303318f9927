namespace MarbleRun.Testing;

/// <summary>
/// Ends a start that would wait forever: the retries of an activation wait on the clock of the mesh, which stands still. This limit is of real time.
/// </summary>
internal sealed class StartLimit : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    private readonly string _marbleType;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _limit;

    public StartLimit(string marbleType, CancellationToken caller)
    {
        _marbleType = marbleType;
        _caller = caller;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _limit.CancelAfter(s_longest);
    }

    public CancellationToken Token => _limit.Token;

    /// <summary>The caller's own cancellation stays what it is.</summary>
    public Exception Describe(OperationCanceledException cause) => _caller.IsCancellationRequested || !_limit.IsCancellationRequested
        ? cause
        : new TimeoutException(
            $"Marble '{_marbleType}' did not start within {s_longest} of real time. The clock of the mesh stands still, so that whatever waits on it waits until "
            + "Clock.Advance: a Coordinator that was stopped or waits for recovery, or a delay in the app's own start.",
            cause);

    public void Dispose() => _limit.Dispose();
}
