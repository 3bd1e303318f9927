namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Caches the answers of a source until they expire, with one fetch at a time for each key. A bad answer is returned, but never replaces a
/// good one; for a short time, the source is then not asked again.
/// </summary>
/// <param name="fetch">Asks the source.</param>
/// <param name="end">The time until which an answer can be cached; null if it cannot be cached.</param>
/// <param name="isGood">Whether an answer is genuine and matches the request.</param>
/// <param name="isKnown">
/// Whether a signature proved the key, so that no unknown caller can invent it: such fetches do not count against the limit.
/// </param>
/// <param name="timeProvider">Provides the time.</param>
internal sealed class CollateralCache<TKey, TValue>(
    Func<TKey, ValueTask<TValue>> fetch,
    Func<TValue, DateTimeOffset?> end,
    Func<TKey, TValue, bool> isGood,
    Func<TKey, bool> isKnown,
    TimeProvider timeProvider)
    where TKey : notnull
{
    private const int MostEntries = 256;
    private const int MostRefusals = 256;

    // An unknown caller can invent keys: the collateral of named platforms is fetched before their signatures can be checked.
    private const int MostFetches = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly Dictionary<TKey, Task<TValue>> _fetches = [];
    private readonly Dictionary<TKey, Refusal> _refusals = [];

    public async ValueTask<TValue> GetAsync(TKey key, CollateralTimes times, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<TValue> pending;
        lock (_lock)
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            Task<TValue>? refused = _refusals.TryGetValue(key, out Refusal? refusal) && now < refusal.End ? refusal.Answer : null;
            if (_entries.TryGetValue(key, out Entry? entry) && now <= entry.End)
            {
                if (now >= entry.Fetched + times.RefreshAfter && refused is null)
                {
                    IgnoreFault(Fetch(key, times.RetryAfter));
                }

                return entry.Value;
            }

            pending = refused ?? Fetch(key, times.RetryAfter);
        }

        return await pending.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // If a background fetch fails, a later caller tries again, until the entry expires.
    private static void IgnoreFault(Task task) => _ = task.ContinueWith(
        static t => _ = t.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted,
        TaskScheduler.Default);

    // The caller holds the lock. All waiting callers share the fetch, so none of them can cancel it.
    private Task<TValue> Fetch(TKey key, TimeSpan retryAfter)
    {
        if (!_fetches.TryGetValue(key, out Task<TValue>? pending))
        {
            if (_fetches.Count >= MostFetches && !_entries.ContainsKey(key) && !isKnown(key))
            {
                return Task.FromException<TValue>(
                    new CollateralException($"{MostFetches} fetches of collateral are pending; try again later.") { IsBusy = true });
            }

            pending = Task.Run(() => FetchAsync(key, retryAfter));
            _fetches.Add(key, pending);
        }

        return pending;
    }

    private async Task<TValue> FetchAsync(TKey key, TimeSpan retryAfter)
    {
        Entry? entry = null;
        Task<TValue>? refused = null;
        try
        {
            TValue value = await fetch(key).ConfigureAwait(false);
            DateTimeOffset now = timeProvider.GetUtcNow();
            if (end(value) is { } last && last >= now && isGood(key, value))
            {
                entry = new Entry(value, now, last);
            }
            else
            {
                refused = Task.FromResult(value);
            }

            return value;
        }
        catch (CollateralException e) when (!e.IsBusy)
        {
            refused = Task.FromException<TValue>(e);
            IgnoreFault(refused);
            throw;
        }
        finally
        {
            lock (_lock)
            {
                _fetches.Remove(key);
                Keep(key, entry);
                Refuse(key, refused, retryAfter);
            }
        }
    }

    private void Keep(TKey key, Entry? entry)
    {
        if (entry is null)
        {
            return;
        }

        if (_entries.Count >= MostEntries && !_entries.ContainsKey(key))
        {
            _entries.Remove(_entries.MinBy(e => e.Value.Fetched).Key);
        }

        _entries[key] = entry;
        _refusals.Remove(key);
    }

    private void Refuse(TKey key, Task<TValue>? answer, TimeSpan retryAfter)
    {
        if (answer is null || retryAfter <= TimeSpan.Zero)
        {
            return;
        }

        if (_refusals.Count >= MostRefusals && !_refusals.ContainsKey(key))
        {
            _refusals.Remove(_refusals.MinBy(e => e.Value.End).Key);
        }

        _refusals[key] = new Refusal(answer, timeProvider.GetUtcNow() + retryAfter);
    }

    private sealed record Entry(TValue Value, DateTimeOffset Fetched, DateTimeOffset End);

    private sealed record Refusal(Task<TValue> Answer, DateTimeOffset End);
}

/// <summary>When a cache asks its source again.</summary>
/// <param name="RefreshAfter">The age at which a good answer is refreshed.</param>
/// <param name="RetryAfter">The time after a failure or a bad answer.</param>
internal readonly record struct CollateralTimes(TimeSpan RefreshAfter, TimeSpan RetryAfter);
