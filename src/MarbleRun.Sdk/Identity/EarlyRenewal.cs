using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Identity;

/// <summary>
/// A request to renew an identity before its time, for instance because its issuer is not the first authority of the mesh any more. The
/// renewal of the host waits on it.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: nothing is to be released.")]
internal sealed class EarlyRenewal
{
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Lock _lock = new();
    private MarbleIdentity? _identity;
    private ulong _list;

    /// <summary>
    /// Requests the renewal of an identity. A further request for the same one is ignored, unless a later list causes it: what made a
    /// renewal fail may be over with the update that the list is of, and the pauses after failures are long.
    /// </summary>
    /// <param name="identity">The identity.</param>
    /// <param name="list">The number of the trust list that causes the request; 0 without one.</param>
    public void Request(MarbleIdentity identity, ulong list = 0)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (_lock)
        {
            if (ReferenceEquals(_identity, identity) && list <= _list)
            {
                return;
            }

            _identity = identity;
            _list = list;
            if (_signal.CurrentCount == 0)
            {
                _signal.Release();
            }
        }
    }

    /// <summary>Whether this identity's renewal was requested.</summary>
    public bool IsRequested(MarbleIdentity identity)
    {
        lock (_lock)
        {
            return ReferenceEquals(_identity, identity);
        }
    }

    /// <summary>Completes when a request came that no earlier wait has seen.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _signal.WaitAsync(cancellationToken);
}
