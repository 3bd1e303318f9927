namespace MarbleRun.Identity;

/// <summary>
/// The open connections to peers of one deployment. Each is checked again when the trust changes and when its peer's certificate ends: the
/// connection of a revoked peer is closed at once; any other takes no new requests, and is closed after <see cref="DrainTime"/>.
/// </summary>
/// <remarks>It has one entry for each open connection, so what bounds the connections bounds it.</remarks>
internal sealed class OpenConnections(TrustHolder trust)
{
    /// <summary>How long the requests of a connection may run after its peer ended.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private const int FewestBeforePruning = 256;

    private readonly Lock _lock = new();
    private readonly HashSet<Entry> _entries = [];
    private int _pruneAt = FewestBeforePruning;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Adds a connection, and checks it: the trust may have changed since its handshake.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="peer">Its peer.</param>
    /// <param name="timeProvider">The clock by which the peer ends.</param>
    /// <returns>Dispose of it when the connection is closed.</returns>
    public IDisposable Add(PeerConnection connection, VerifiedPeer peer, TimeProvider timeProvider)
    {
        var entry = new Entry(this, connection, peer, timeProvider);
        lock (_lock)
        {
            _entries.Add(entry);
        }

        Prune();
        entry.Check();
        return entry;
    }

    /// <summary>Checks all connections under the trust of this moment.</summary>
    public void CheckAll()
    {
        foreach (Entry entry in Snapshot())
        {
            entry.Check();
        }
    }

    private Entry[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }

    /// <summary>Not every stream reports its end; those are found here before their number doubles.</summary>
    private void Prune()
    {
        List<Entry> closed;
        lock (_lock)
        {
            if (_entries.Count < _pruneAt)
            {
                return;
            }

            closed = [.. _entries.Where(e => !e.IsOpen)];
            _pruneAt = Math.Max(FewestBeforePruning, (_entries.Count - closed.Count) * 2);
        }

        closed.ForEach(e => e.Dispose());
    }

    private void Remove(Entry entry)
    {
        lock (_lock)
        {
            _entries.Remove(entry);
        }
    }

    private sealed class Entry : IDisposable
    {
        // Longer waits are beyond what a timer takes.
        private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(1);
        private static readonly TimeSpan s_justAfter = TimeSpan.FromMilliseconds(1);

        private readonly Lock _turn = new();
        private readonly OpenConnections _all;
        private readonly PeerConnection _connection;
        private readonly VerifiedPeer _peer;
        private readonly TimeProvider _timeProvider;
        private readonly ITimer _timer;
        private DateTimeOffset? _drainedAt;
        private bool _isClosed;

        public Entry(OpenConnections all, PeerConnection connection, VerifiedPeer peer, TimeProvider timeProvider)
        {
            _all = all;
            _connection = connection;
            _peer = peer;
            _timeProvider = timeProvider;
            using (ExecutionContext.SuppressFlow())
            {
                _timer = timeProvider.CreateTimer(
                    static entry => ((Entry)entry!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        public bool IsOpen => _connection.IsOpen;

        public void Check()
        {
            lock (_turn)
            {
                if (_isClosed)
                {
                    return;
                }

                if (!_connection.IsOpen)
                {
                    Dispose();
                    return;
                }

                DateTimeOffset now = _timeProvider.GetUtcNow();
                PeerFault fault = _all.Trust.FindFault(_peer, now, out string? reason);
                if (fault == PeerFault.None)
                {
                    _drainedAt = null;
                    WaitUntil(_all.Trust.EndOf(_peer) + s_justAfter, now);
                }
                else if (fault == PeerFault.Revoked || _drainedAt + DrainTime <= now)
                {
                    Dispose();
                    _connection.Abort(reason!);
                }
                else
                {
                    if (_drainedAt is null)
                    {
                        _drainedAt = now;
                        _connection.Drain(reason!);
                    }

                    WaitUntil(_drainedAt.Value + DrainTime, now);
                }
            }
        }

        public void Dispose()
        {
            lock (_turn)
            {
                _isClosed = true;
            }

            _timer.Dispose();
            _all.Remove(this);
        }

        private void WaitUntil(DateTimeOffset time, DateTimeOffset now)
        {
            TimeSpan wait = time - now;
            wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait > s_longestWait ? s_longestWait : wait;
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private TrustHolder Trust => trust;
}
