namespace MarbleRun.Coordinator.Renewal;

/// <summary>
/// The turns of renewals. When many come at once, as after an outage, those whose certificates end first are served first; who has more
/// time is refused with a time to come again, and makes room for others.
/// </summary>
/// <param name="atOnce">How many are served at the same time.</param>
/// <param name="places">How many may wait.</param>
internal sealed class RenewalQueue(int atOnce, int places)
{
    private static readonly TimeSpan s_soonest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_latest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    /// <summary>Who waits, in the order of their certificates' ends; the number separates equal ends.</summary>
    private readonly SortedDictionary<(DateTimeOffset NotAfter, long Number), TaskCompletionSource<TimeSpan?>> _waiting = [];

    private int _running;
    private long _number;

    /// <summary>How many wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Waits for a turn, which <see cref="Leave"/> ends.</summary>
    /// <param name="notAfter">The end of the caller's certificate.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null: it is the caller's turn. Or when the caller should come again, because others come first.</returns>
    public async Task<TimeSpan?> EnterAsync(DateTimeOffset notAfter, DateTimeOffset now, CancellationToken cancellationToken)
    {
        TaskCompletionSource<TimeSpan?> turn;
        (DateTimeOffset, long) key;
        lock (_lock)
        {
            if (_running < atOnce)
            {
                _running++;
                return null;
            }

            key = (notAfter, _number++);
            if (_waiting.Count >= places && !MakeRoom(key, now))
            {
                return Later(notAfter, now);
            }

            _waiting[key] = turn = new TaskCompletionSource<TimeSpan?>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        using CancellationTokenRegistration leaving = cancellationToken.Register(() => GiveUp(key));
        return await turn.Task;
    }

    /// <summary>Ends a turn, and begins the next one.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _running--;
                return;
            }

            ((DateTimeOffset, long) key, TaskCompletionSource<TimeSpan?> next) = _waiting.First();
            _waiting.Remove(key);
            next.SetResult(null);
        }
    }

    /// <summary>Refuses the one who has the most time, if that is not the newcomer.</summary>
    private bool MakeRoom((DateTimeOffset NotAfter, long Number) newcomer, DateTimeOffset now)
    {
        ((DateTimeOffset NotAfter, long Number) key, TaskCompletionSource<TimeSpan?> last) = _waiting.Last();
        if (key.NotAfter <= newcomer.NotAfter)
        {
            return false;
        }

        _waiting.Remove(key);
        last.SetResult(Later(key.NotAfter, now));
        return true;
    }

    private void GiveUp((DateTimeOffset, long) key)
    {
        TaskCompletionSource<TimeSpan?>? turn;
        lock (_lock)
        {
            if (!_waiting.Remove(key, out turn))
            {
                // The turn was given at the same moment: its holder ends it.
                return;
            }
        }

        turn.SetCanceled();
    }

    /// <summary>A tenth of the time that is left, so that no caller waits for longer than the certificate lasts.</summary>
    private static TimeSpan Later(DateTimeOffset notAfter, DateTimeOffset now)
    {
        TimeSpan share = (notAfter - now) / 10;
        return share < s_soonest ? s_soonest : share > s_latest ? s_latest : share;
    }
}
