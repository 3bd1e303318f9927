using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// Keeps collateral in memory. Callers that ask for the same at once wait for one fetch; what is older than <see cref="RefreshAfter"/> is given out while it is
/// fetched anew behind the scenes; what has ended by its own dates is never given out.
/// </summary>
/// <remarks>Collateral of which a part is missing or can't be read is passed on and not kept. May be used by several threads at once.</remarks>
public sealed class CachingCollateralProvider : ICollateralProvider
{
    private const int MostEntries = 256;

    private readonly ICollateralProvider _inner;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly Dictionary<DcapCollateralRequest, Entry> _entries = [];
    private readonly Dictionary<DcapCollateralRequest, Task<DcapCollateral>> _fetches = [];

    /// <summary>Makes a cache.</summary>
    /// <param name="inner">Where the collateral comes from; it must limit its time itself.</param>
    /// <param name="timeProvider">Tells the time; null for the system's.</param>
    public CachingCollateralProvider(ICollateralProvider inner, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>How old collateral gets before it is fetched anew. 6 hours by default.</summary>
    public TimeSpan RefreshAfter { get; init; } = TimeSpan.FromHours(6);

    /// <inheritdoc />
    public async ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        Task<DcapCollateral> fetch;
        lock (_lock)
        {
            DateTimeOffset now = _timeProvider.GetUtcNow();
            if (_entries.TryGetValue(request, out Entry? entry) && now <= entry.End)
            {
                if (now >= entry.Fetched + RefreshAfter)
                {
                    // If it fails, the next caller tries again; the end of the entry is the end of patience.
                    _ = Fetch(request).ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                }

                return entry.Collateral;
            }

            fetch = Fetch(request);
        }

        return await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    // Under the lock. The fetch belongs to all who wait: none of them can cancel it for the others.
    private Task<DcapCollateral> Fetch(DcapCollateralRequest request)
    {
        if (!_fetches.TryGetValue(request, out Task<DcapCollateral>? fetch))
        {
            fetch = Task.Run(() => FetchAsync(request));
            _fetches.Add(request, fetch);
        }

        return fetch;
    }

    private async Task<DcapCollateral> FetchAsync(DcapCollateralRequest request)
    {
        DcapCollateral? collateral = null;
        try
        {
            collateral = await _inner.GetDcapAsync(request, CancellationToken.None).ConfigureAwait(false);
            return collateral;
        }
        finally
        {
            DateTimeOffset now = _timeProvider.GetUtcNow();
            DateTimeOffset? end = collateral is null ? null : CollateralLifetime.End(collateral);
            lock (_lock)
            {
                _fetches.Remove(request);
                if (end >= now)
                {
                    Keep(request, new Entry(collateral!, now, end.Value));
                }
            }
        }
    }

    private void Keep(DcapCollateralRequest request, Entry entry)
    {
        if (_entries.Count >= MostEntries && !_entries.ContainsKey(request))
        {
            _entries.Remove(_entries.MinBy(e => e.Value.Fetched).Key);
        }

        _entries[request] = entry;
    }

    private sealed record Entry(DcapCollateral Collateral, DateTimeOffset Fetched, DateTimeOffset End);
}
