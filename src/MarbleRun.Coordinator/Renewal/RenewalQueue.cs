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

    /// <summary>Who waits, in the order of their certificates' ends.</summary>
    private readonly SortedSet<Place> _waiting = [];

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
        Place place;
        lock (_lock)
        {
            if (_running < atOnce)
            {
                _running++;
                return null;
            }

            if (_waiting.Count >= places && !MakeRoom(notAfter, now))
            {
                return Later(notAfter, now);
            }

            _waiting.Add(place = new Place(notAfter, _number++));
        }

        using CancellationTokenRegistration leaving = cancellationToken.Register(() => GiveUp(place));
        return await place.Turn.Task;
    }

    /// <summary>Ends a turn, and begins the next one.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_waiting.Min is not { } next)
            {
                _running--;
                return;
            }

            _waiting.Remove(next);
            next.Turn.SetResult(null);
        }
    }

    /// <summary>Refuses the one who has the most time, if that is not the newcomer.</summary>
    private bool MakeRoom(DateTimeOffset newcomer, DateTimeOffset now)
    {
        if (_waiting.Max is not { } last || last.NotAfter <= newcomer)
        {
            return false;
        }

        _waiting.Remove(last);
        last.Turn.SetResult(Later(last.NotAfter, now));
        return true;
    }

    private void GiveUp(Place place)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(place))
            {
                // The turn was given at the same moment: its holder ends it.
                return;
            }
        }

        place.Turn.SetCanceled();
    }

    /// <summary>A tenth of the time that is left, so that no caller waits for longer than the certificate lasts.</summary>
    private static TimeSpan Later(DateTimeOffset notAfter, DateTimeOffset now)
    {
        TimeSpan share = (notAfter - now) / 10;
        return share < s_soonest ? s_soonest : share > s_latest ? s_latest : share;
    }

    /// <param name="NotAfter">The end of the certificate of the one that waits.</param>
    /// <param name="Number">Separates equal ends; the one that came first is served first.</param>
    private sealed record Place(DateTimeOffset NotAfter, long Number) : IComparable<Place>
    {
        public TaskCompletionSource<TimeSpan?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int CompareTo(Place? other) => (NotAfter, Number).CompareTo((other!.NotAfter, other.Number));
    }
}
