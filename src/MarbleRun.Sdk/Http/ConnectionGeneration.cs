using System.Diagnostics.CodeAnalysis;
using MarbleRun.Tls;

namespace MarbleRun.Http;

/// <summary>
/// The connections of one generation of the identity to one host, until the certificate of a server ends that one of them leads to, or the
/// trust in it. It counts the calls that have no answer yet.
/// </summary>
/// <remarks>
/// A closed pool refuses new calls, therefore it is closed only after the calls that selected it. Connections with open streams survive
/// that: <see cref="SocketsHttpHandler"/> closes each of them when its last stream ends.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Close() disposes of the pool, and of the timer that would do it later.")]
internal sealed class ConnectionGeneration(TimeProvider timeProvider) : IPeerObserver
{
    /// <summary>A request takes time, so no connection is used for a new one in the last tenth of its server's certificate.</summary>
    private const int LastPart = 10;

    private static readonly TimeSpan s_longestLastPart = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private HttpMessageInvoker? _invoker;
    private DateTimeOffset _lastUse = DateTimeOffset.MaxValue;
    private DateTimeOffset _lastCall = timeProvider.GetUtcNow();
    private int _calls;
    private bool _isRetired;
    private bool _isClosed;
    private ITimer? _end;

    /// <summary>Set once, before the first call: the handler refers to this object.</summary>
    public HttpMessageInvoker Invoker
    {
        get => _invoker ?? throw new InvalidOperationException("The generation has no handler yet.");
        set => _invoker = value;
    }

    /// <summary>When the last call began.</summary>
    public DateTimeOffset LastCall
    {
        get
        {
            lock (_lock)
            {
                return _lastCall;
            }
        }
    }

    /// <summary>Begins a call, unless the pool takes no new ones.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            DateTimeOffset now = timeProvider.GetUtcNow();
            if (_isRetired || now >= _lastUse)
            {
                return false;
            }

            _lastCall = now;
            _calls++;
            return true;
        }
    }

    /// <summary>Ends a call.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _calls--;
            if (!_isRetired || _calls > 0)
            {
                return;
            }
        }

        Close();
    }

    /// <summary>
    /// No call begins from now on: closes the pool after the last call, at the latest after <see cref="MarbleTls.LongestConnection"/>.
    /// </summary>
    public void Retire()
    {
        lock (_lock)
        {
            if (_isRetired)
            {
                return;
            }

            _isRetired = true;
            if (_calls > 0)
            {
                _end = timeProvider.CreateTimer(_ => Close(), state: null, MarbleTls.LongestConnection, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Close();
    }

    public void Close()
    {
        ITimer? end;
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            (_isRetired, _isClosed) = (true, true);
            end = _end;
        }

        end?.Dispose();
        Invoker.Dispose();
    }

    void IPeerObserver.Accepted(DateTimeOffset end)
    {
        TimeSpan margin = (end - timeProvider.GetUtcNow()) / LastPart;
        DateTimeOffset lastUse = end - (margin < s_longestLastPart ? margin : s_longestLastPart);
        lock (_lock)
        {
            _lastUse = lastUse < _lastUse ? lastUse : _lastUse;
        }
    }

    void IPeerObserver.Drain() => Retire();
}
