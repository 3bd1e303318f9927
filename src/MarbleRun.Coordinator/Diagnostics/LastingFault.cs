namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>A fault that lasts until an attempt succeeds. While it lasts, requests start attempts, but not more often than every few
/// seconds.</summary>
internal sealed class LastingFault(TimeProvider timeProvider)
{
    /// <summary>An attempt costs a write to the disk, and unauthenticated callers can send requests.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private string? _sentence;
    private long _lastAttempt;
    private bool _isAttempting;

    /// <summary>An attempt failed.</summary>
    public void Begin(string sentence)
    {
        lock (_lock)
        {
            if (_sentence is null)
            {
                _lastAttempt = timeProvider.GetTimestamp();
            }

            _sentence = sentence;
        }
    }

    /// <summary>An attempt succeeded.</summary>
    public void End()
    {
        lock (_lock)
        {
            _sentence = null;
        }
    }

    /// <summary>The description of the fault, or null.</summary>
    /// <param name="attempt">Repeats the failed operation; it reports the result with <see cref="Begin"/> or <see cref="End"/>, and its
    /// exceptions are those of the fault.</param>
    public string? Find(Func<Task> attempt)
    {
        lock (_lock)
        {
            if (_sentence is not null && !_isAttempting && timeProvider.GetElapsedTime(_lastAttempt) >= s_pause)
            {
                _isAttempting = true;
                _ = AttemptAsync(attempt);
            }

            return _sentence;
        }
    }

    private async Task AttemptAsync(Func<Task> attempt)
    {
        await Task.Yield();
        try
        {
            await attempt();
        }
        catch (MarbleRunException)
        {
            // The room that failed has logged the failure.
        }
        finally
        {
            lock (_lock)
            {
                _isAttempting = false;
                _lastAttempt = timeProvider.GetTimestamp();
            }
        }
    }
}
