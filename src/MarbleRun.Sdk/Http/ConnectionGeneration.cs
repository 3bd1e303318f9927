using System.Diagnostics.CodeAnalysis;
using MarbleRun.Identity;

namespace MarbleRun.Http;

/// <summary>The connections of one generation of the identity. It counts the calls that have no answer yet.</summary>
/// <remarks>
/// A closed pool refuses new calls, therefore it is closed only after the calls that selected it. Connections with open streams survive
/// that: <see cref="SocketsHttpHandler"/> closes each of them when its last stream ends.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Close() disposes of the pool, and of the timer that would do it later.")]
internal sealed class ConnectionGeneration(MarbleIdentity identity, SocketsHttpHandler handler)
{
    private readonly Lock _lock = new();
    private int _calls;
    private bool _isRetired;
    private bool _isClosed;
    private ITimer? _end;

    public MarbleIdentity Identity { get; } = identity;

    public HttpMessageInvoker Invoker { get; } = new(handler);

    /// <summary>Begins a call. Calls of <see cref="Enter"/> and <see cref="Retire"/> do not overlap.</summary>
    public void Enter()
    {
        lock (_lock)
        {
            _calls++;
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

    /// <summary>No call begins from now on: closes the pool after the last call, at the latest after <paramref name="longest"/>.</summary>
    public void Retire(TimeSpan longest, TimeProvider timeProvider)
    {
        lock (_lock)
        {
            _isRetired = true;
            if (_calls > 0)
            {
                _end = timeProvider.CreateTimer(_ => Close(), state: null, longest, Timeout.InfiniteTimeSpan);
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

            _isClosed = true;
            end = _end;
        }

        end?.Dispose();
        Invoker.Dispose();
    }
}
