namespace MarbleRun.AspNetCore;

/// <summary>
/// Asks at most once at a time, and gives what was found to all who ask meanwhile and for a short time after: callers who ask often cost no
/// more than one.
/// </summary>
/// <param name="check">Asks.</param>
/// <param name="lifetime">How long an answer is given after it was found.</param>
/// <param name="longest">How long one asking may take; then it has failed, and the next caller asks again.</param>
/// <param name="timeProvider">What time is measured by.</param>
internal sealed class SharedCheck<T>(Func<CancellationToken, Task<T>> check, TimeSpan lifetime, TimeSpan longest, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private Task<T>? _answer;
    private long _ended;

    /// <summary>The answer.</summary>
    /// <param name="cancellationToken">Ends this caller's wait. The check goes on, since others may wait for it.</param>
    /// <exception cref="TimeoutException">The check takes too long.</exception>
    public Task<T> AskAsync(CancellationToken cancellationToken)
    {
        Task<T> answer;
        lock (_lock)
        {
            if (_answer is null || !IsFresh(_answer))
            {
                _answer = RunAsync();
            }

            answer = _answer;
        }

        return answer.WaitAsync(cancellationToken);
    }

    /// <summary>Passes a failure to the callers that waited for it, and to no later caller.</summary>
    private bool IsFresh(Task<T> answer) =>
        !answer.IsCompleted || (answer.IsCompletedSuccessfully && timeProvider.GetElapsedTime(_ended) < lifetime);

    private async Task<T> RunAsync()
    {
        using var stop = new CancellationTokenSource(longest, timeProvider);

        // Not under the lock of the caller who came first.
        T answer = await Task.Run(() => check(stop.Token), CancellationToken.None).WaitAsync(
            longest, timeProvider, CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            _ended = timeProvider.GetTimestamp();
        }

        return answer;
    }
}
