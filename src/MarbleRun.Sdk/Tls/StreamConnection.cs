using MarbleRun.Identity;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tls;

/// <summary>
/// A connection whose stream belongs to an HTTP client, to a library or to the app. The reference is weak, because its owner does not
/// report when it closes it.
/// </summary>
/// <param name="stream">The <see cref="System.Net.Security.SslStream"/>, or what else a handshake names as its sender.</param>
/// <param name="owner">Who takes no new requests over it; null if it has no requests.</param>
/// <param name="logger">The log.</param>
internal sealed class StreamConnection(object stream, IPeerObserver? owner, ILogger logger) : PeerConnection(logger)
{
    private readonly WeakReference<object> _stream = new(stream);

    private volatile bool _wasReadable;

    public override bool IsOpen
    {
        get
        {
            if (!_stream.TryGetTarget(out object? stream))
            {
                return false;
            }

            // Before the end of the handshake it cannot be read either.
            bool isReadable = stream is not Stream { CanRead: false };
            bool isClosed = _wasReadable && !isReadable;
            _wasReadable |= isReadable;
            return !isClosed;
        }
    }

    protected override void Drain() => owner?.Drain();

    /// <summary>The owner's running reads and writes fail, because the stream closes its connection.</summary>
    protected override void AbortCore(string reason)
    {
        owner?.Drain();
        if (_stream.TryGetTarget(out object? stream))
        {
            (stream as IDisposable)?.Dispose();
        }
    }
}
