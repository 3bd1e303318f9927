namespace MarbleRun.Coordinator.Renewal;

/// <summary>
/// Bounds what one Marble may renew: one attempt at a time, and few certificates in a part of their lifetime. Otherwise one admitted Marble
/// could take all turns, and fill the audit trail.
/// </summary>
/// <param name="lifetime">The lifetime of a renewed certificate.</param>
internal sealed class RenewalPace(TimeSpan lifetime)
{
    /// <summary>
    /// More than one, because an answer can be lost, and because updates make Marbles renew early.
    /// </summary>
    public const int MostInWindow = 5;

    private const int SweepAt = 16_384;

    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeSpan _window = lifetime / 10;
    private readonly Dictionary<(string MarbleType, Guid Uuid), Account> _accounts = [];
    private int _sweepAt = SweepAt;

    /// <summary>Begins an attempt, which <see cref="End"/> ends.</summary>
    /// <param name="marbleType">The type of the Marble.</param>
    /// <param name="uuid">The instance.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null: the attempt has begun. Or when to come again.</returns>
    public TimeSpan? TryBegin(string marbleType, Guid uuid, DateTimeOffset now)
    {
        lock (_lock)
        {
            Sweep(now);
            if (!_accounts.TryGetValue((marbleType, uuid), out Account? account))
            {
                _accounts.Add((marbleType, uuid), account = new Account { WindowStart = now });
            }

            if (account.IsBusy)
            {
                return s_soon;
            }

            if (account.IsOver(now, _window))
            {
                (account.WindowStart, account.Renewed) = (now, 0);
            }

            if (account.Renewed >= MostInWindow)
            {
                TimeSpan left = account.WindowStart + _window - now;
                return left < s_soon ? s_soon : left;
            }

            account.IsBusy = true;
            return null;
        }
    }

    /// <summary>Ends an attempt.</summary>
    public void End(string marbleType, Guid uuid, bool isRenewed)
    {
        lock (_lock)
        {
            Account account = _accounts[(marbleType, uuid)];
            account.IsBusy = false;
            account.Renewed += isRenewed ? 1 : 0;
        }
    }

    private void Sweep(DateTimeOffset now)
    {
        if (_accounts.Count < _sweepAt)
        {
            return;
        }

        foreach ((string, Guid) key in _accounts.Where(a => !a.Value.IsBusy && a.Value.IsOver(now, _window)).Select(a => a.Key).ToArray())
        {
            _accounts.Remove(key);
        }

        _sweepAt = Math.Max(SweepAt, 2 * _accounts.Count);
    }

    private sealed class Account
    {
        public bool IsBusy { get; set; }

        public DateTimeOffset WindowStart { get; set; }

        public int Renewed { get; set; }

        /// <summary>A clock that was set back ends a window, too.</summary>
        public bool IsOver(DateTimeOffset now, TimeSpan window) => now - WindowStart >= window || now < WindowStart;
    }
}
