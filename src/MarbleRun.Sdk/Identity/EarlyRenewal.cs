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

    /// <summary>Requests the renewal of an identity; further requests for the same one do nothing.</summary>
    public void Request(MarbleIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (_lock)
        {
            if (ReferenceEquals(_identity, identity))
            {
                return;
            }

            _identity = identity;
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
