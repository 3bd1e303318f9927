namespace MarbleRun.Testing;

/// <summary>
/// Ends a start that would wait forever: the retries of an activation wait on the clock of the mesh, which does not advance. This limit
/// uses real time.
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

    /// <summary>Cancellation by the caller is passed on unchanged.</summary>
    public Exception Describe(OperationCanceledException cause) => _caller.IsCancellationRequested || !_limit.IsCancellationRequested
        ? cause
        : new TimeoutException(
            $"Marble '{_marbleType}' did not start within {s_longest} of real time. The clock of the mesh does not advance by itself, so "
            + "everything that waits on it waits until Clock.Advance: for example for a Coordinator that was stopped or waits for "
            + "recovery, or for a delay in the app's own start.",
            cause);

    public void Dispose() => _limit.Dispose();
}
