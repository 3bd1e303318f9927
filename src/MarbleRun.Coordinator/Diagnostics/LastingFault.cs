namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>A fault that lasts until an attempt succeeds. While it lasts, attempts are made when somebody asks, but not more often than every few seconds.</summary>
internal sealed class LastingFault(TimeProvider timeProvider)
{
    /// <summary>An attempt costs a write to the disk, and strangers may ask.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private string? _sentence;
    private long _lastAttempt;
    private bool _isAttempting;

    /// <summary>It failed.</summary>
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

    /// <summary>It succeeded.</summary>
    public void End()
    {
        lock (_lock)
        {
            _sentence = null;
        }
    }

    /// <summary>What is wrong, or null.</summary>
    /// <param name="attempt">Tries what failed; it tells by <see cref="Begin"/> or <see cref="End"/> what came of it, and its exceptions are those of the fault.</param>
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
            // The room that failed has told its log.
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
