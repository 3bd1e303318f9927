namespace MarbleRun.Attestation.Collateral;

/// <summary>Keeps what a source gave until its own end; one fetch at a time for each key.</summary>
/// <param name="fetch">Asks the source.</param>
/// <param name="end">Until when it may be kept; null for not at all.</param>
/// <param name="timeProvider">Tells the time.</param>
internal sealed class CollateralCache<TKey, TValue>(Func<TKey, ValueTask<TValue>> fetch, Func<TValue, DateTimeOffset?> end, TimeProvider timeProvider)
    where TKey : notnull
{
    private const int MostEntries = 256;

    // What is asked for can be a stranger's invention: collateral of named platforms is fetched before any signature can be checked.
    private const int MostFetches = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly Dictionary<TKey, Task<TValue>> _fetches = [];

    public async ValueTask<TValue> GetAsync(TKey key, TimeSpan refreshAfter, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<TValue> pending;
        lock (_lock)
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            if (_entries.TryGetValue(key, out Entry? entry) && now <= entry.End)
            {
                if (now >= entry.Fetched + refreshAfter)
                {
                    IgnoreFault(Fetch(key));
                }

                return entry.Value;
            }

            pending = Fetch(key);
        }

        return await pending.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // If a fetch behind the scenes fails, the next caller tries again; the end of the entry is the end of patience.
    private static void IgnoreFault(Task task) => _ = task.ContinueWith(
        static t => _ = t.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted,
        TaskScheduler.Default);

    // Under the lock. The fetch belongs to all who wait: none of them can cancel it for the others.
    private Task<TValue> Fetch(TKey key)
    {
        if (!_fetches.TryGetValue(key, out Task<TValue>? pending))
        {
            if (_fetches.Count >= MostFetches)
            {
                return Task.FromException<TValue>(new CollateralException($"{MostFetches} fetches of collateral are on their way; try again later."));
            }

            pending = Task.Run(() => FetchAsync(key));
            _fetches.Add(key, pending);
        }

        return pending;
    }

    private async Task<TValue> FetchAsync(TKey key)
    {
        Entry? entry = null;
        try
        {
            TValue value = await fetch(key).ConfigureAwait(false);
            DateTimeOffset now = timeProvider.GetUtcNow();
            entry = end(value) is { } last && last >= now ? new Entry(value, now, last) : null;
            return value;
        }
        finally
        {
            lock (_lock)
            {
                _fetches.Remove(key);
                if (entry is not null)
                {
                    Keep(key, entry);
                }
            }
        }
    }

    private void Keep(TKey key, Entry entry)
    {
        if (_entries.Count >= MostEntries && !_entries.ContainsKey(key))
        {
            _entries.Remove(_entries.MinBy(e => e.Value.Fetched).Key);
        }

        _entries[key] = entry;
    }

    private sealed record Entry(TValue Value, DateTimeOffset Fetched, DateTimeOffset End);
}
