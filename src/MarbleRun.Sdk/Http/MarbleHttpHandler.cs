using MarbleRun.Identity;
using MarbleRun.Tls;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Http;

/// <summary>
/// Calls Marbles as a Marble. Each generation of the identity has its own connection pools, because a pool cannot change the certificate
/// and the intermediate that it shows. The pools of an older generation are closed when the last call that selected them has its answer, at
/// the latest after <see cref="MarbleTls.LongestConnection"/>: idle connections close then, and the others when their streams end. The same
/// happens shortly before the certificate of a server ends, and when the trust in it has ended, to the pool of that server's host alone.
/// </summary>
internal sealed partial class MarbleHttpHandler(
    IMarbleIdentityProvider provider,
    MarblePeerPolicy policy,
    TimeProvider timeProvider,
    ILogger logger,
    Action<SocketsHttpHandler>? configure = null)
    : HttpMessageHandler
{
    /// <summary>The pool that was not used for longest is closed for another one.</summary>
    internal const int MostHosts = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Host, int Port), ConnectionGeneration> _pools = [];
    private MarbleIdentity? _identity;
    private bool _disposed;

    /// <summary>Every Marble gets a certificate for the names that it requests, unless the manifest binds them.</summary>
    public static void WarnOfAnyMarble(ILogger logger, string client) => Log.AnyMarbleMayAnswer(logger, client);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ConnectionGeneration generation = Select(request);
        try
        {
            return await generation.Invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.InnerException is PeerRefusedException refused)
        {
            throw Describe(request, e, refused);
        }
        finally
        {
            generation.Leave();
        }
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ConnectionGeneration generation = Select(request);
        try
        {
            return generation.Invoker.Send(request, cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is PeerRefusedException refused)
        {
            throw Describe(request, e, refused);
        }
        finally
        {
            generation.Leave();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_lock)
            {
                _disposed = true;
                foreach (ConnectionGeneration pool in _pools.Values)
                {
                    pool.Close();
                }
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>Selects the pool of the current identity, and enters it: the caller must leave it.</summary>
    private ConnectionGeneration Select(HttpRequestMessage request)
    {
        if (request.RequestUri?.Scheme != Uri.UriSchemeHttps)
        {
            throw new InvalidOperationException(
                $"Marbles are called over TLS only, but the address is '{request.RequestUri}'. Use an https:// address.");
        }

        MarbleIdentity identity = provider.Current;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!ReferenceEquals(_identity, identity))
            {
                Retire(_ => true);
                _identity = identity;
            }

            (string, int) host = (request.RequestUri.IdnHost, request.RequestUri.Port);
            if (!_pools.TryGetValue(host, out ConnectionGeneration? pool) || !pool.TryEnter())
            {
                pool?.Retire();
                _pools.Remove(host);
                MakeRoom();
                _pools.Add(host, pool = CreateGeneration(identity));
                pool.TryEnter();
            }

            return pool;
        }
    }

    /// <summary>A pool that was not used for so long has no connection any more, but those of open streams.</summary>
    private void MakeRoom()
    {
        DateTimeOffset old = timeProvider.GetUtcNow() - MarbleTls.LongestConnection;
        Retire(pool => pool.LastCall < old);
        if (_pools.Count >= MostHosts)
        {
            DateTimeOffset oldest = _pools.Values.Min(p => p.LastCall);
            Retire(pool => pool.LastCall <= oldest);
        }
    }

    private void Retire(Predicate<ConnectionGeneration> isOver)
    {
        foreach (((string, int) host, ConnectionGeneration pool) in _pools)
        {
            if (isOver(pool))
            {
                pool.Retire();
                _pools.Remove(host);
            }
        }
    }

    private static HttpRequestException Describe(
        HttpRequestMessage request, HttpRequestException failure, PeerRefusedException refused) => new(
        failure.HttpRequestError, $"What answers at {request.RequestUri?.Authority} is not a Marble that may: {refused.Reason}.", refused);

    private ConnectionGeneration CreateGeneration(MarbleIdentity identity)
    {
        var generation = new ConnectionGeneration(timeProvider);
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = MarbleTls.LongestConnection,
            UseProxy = false,
            UseCookies = false,
        };
        configure?.Invoke(handler);

        // Last, because this makes the handler a Marble's.
        handler.SslOptions = MarbleTls.CreateClientOptions(identity, policy, timeProvider, logger, generation);
        generation.Invoker = new HttpMessageInvoker(handler);
        return generation;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.AnyMarbleMayAnswer,
            LogLevel.Warning,
            "The HTTP client '{Client}' takes any Marble for the service that it calls, as long as its certificate holds the host's name: "
            + "name the types that may answer (MarblePeerPolicy.AllowTypes), or bind the names with AllowedDNSNames in the manifest.",
            EventName = "AnyMarbleMayAnswer")]
        public static partial void AnyMarbleMayAnswer(ILogger logger, string client);
    }
}
