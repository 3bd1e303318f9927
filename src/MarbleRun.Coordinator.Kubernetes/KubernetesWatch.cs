using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// Hears of commits by a watch of the head's metadata. The server ends each stream after some minutes, can restart, and forgets old
/// versions (410 Gone); a stream can also fall silent. Therefore the version is read at an interval, too, and each new list is reported.
/// </summary>
internal sealed partial class KubernetesWatch(KubernetesCluster cluster, string headName, ILogger logger) : IAsyncDisposable
{
    private const string What = "the state cannot be watched";
    private const int MaxDelayMilliseconds = 2000;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    /// <summary>How long the server is asked to keep a stream, and how long it may take longer.</summary>
    private static readonly TimeSpan s_duration = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(30);

    private WatchStream? _stream;
    private Task<WatchEvent?>? _next;
    private string _resourceVersion = string.Empty;
    private KubernetesVersion? _last;
    private bool _isFirst = true;

    /// <summary>Waits for the next report.</summary>
    /// <exception cref="StateStoreException">The first connection failed. Later ones are tried until one succeeds.</exception>
    public async Task<KubernetesVersion?> NextAsync(CancellationToken cancellationToken)
    {
        for (int failures = 0; ; failures++)
        {
            try
            {
                return await WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is StateStoreException || ApiServer.Translate(exception) is not null)
            {
                Close();
                cancellationToken.ThrowIfCancellationRequested();
                bool isGone = exception is ApiException { Code: HttpStatusCode.Gone };
                _resourceVersion = string.Empty;
                if (_isFirst)
                {
                    throw exception as StateStoreException ?? cluster.Describe(What, headName, ApiServer.Translate(exception)!);
                }

                // Versions that the server has forgotten are usual after a pause, and a new list is all that they need.
                if (failures == 0 && !isGone)
                {
                    Log.WatchLost(logger, cluster.Name, exception);
                }

                int longest = isGone && failures == 0 ? 2 : Math.Min(MaxDelayMilliseconds, 100 << Math.Min(failures, 5));
                await Task.Delay(
                    TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(longest / 2, longest)), TimeProvider.System, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async Task<KubernetesVersion?> WaitAsync(CancellationToken cancellationToken)
    {
        if (_resourceVersion.Length == 0)
        {
            (_last, _resourceVersion) = await ListAsync(cancellationToken).ConfigureAwait(false);
            _isFirst = false;
            return _last;
        }

        while (true)
        {
            _stream ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
            _next ??= _stream.ReadAsync();
            bool isAnswered = await Task.WhenAny(_next, Task.Delay(s_interval, TimeProvider.System, cancellationToken))
                .ConfigureAwait(false) == _next;
            cancellationToken.ThrowIfCancellationRequested();
            if (!isAnswered)
            {
                (KubernetesVersion? version, string resourceVersion) = await ListAsync(cancellationToken).ConfigureAwait(false);
                if (version != _last)
                {
                    // The stream has not said so: another one begins here.
                    Close();
                    (_last, _resourceVersion) = (version, resourceVersion);
                    return version;
                }

                continue;
            }

            WatchEvent? received = await _next.ConfigureAwait(false);
            _next = null;
            if (received is null)
            {
                // The server's time for a stream is over, or it stops. Nothing is lost: the next one begins where this one ended.
                Close();
            }
            else if (Take(received))
            {
                return _last;
            }
        }
    }

    /// <returns>Whether there is something to report.</returns>
    private bool Take(WatchEvent received)
    {
        if (received.Type == "ERROR")
        {
            Status? status = received.Object.Deserialize(ApiJson.Default.Status);
            throw ApiServer.Failure((HttpStatusCode)(status?.Code ?? 0), status);
        }

        ObjectMeta metadata = received.Object.Deserialize(ApiJson.Default.Secret)?.Metadata ?? throw new JsonException();
        _resourceVersion = metadata.ResourceVersion ?? throw new JsonException();
        if (received.Type is not ("ADDED" or "MODIFIED" or "DELETED"))
        {
            // A bookmark says only from where to go on.
            return false;
        }

        _last = received.Type == "DELETED" ? null : KubernetesHead.TryParse(metadata)?.Version;
        return true;
    }

    private async Task<WatchStream> OpenAsync(CancellationToken cancellationToken)
    {
        HttpResponseMessage response =
            await cluster.WatchAsync(headName, _resourceVersion, s_duration, cancellationToken).ConfigureAwait(false);
        return new WatchStream(response, s_duration + s_grace);
    }

    /// <summary>A list has the version at which a watch goes on even if there is no head yet.</summary>
    private async Task<(KubernetesVersion? Version, string ResourceVersion)> ListAsync(CancellationToken cancellationToken)
    {
        (List<ObjectMeta> items, string resourceVersion) = await cluster.ListAsync(
            What, $"fieldSelector=metadata.name%3D{headName}", cancellationToken).ConfigureAwait(false);
        return (items is [{ } head] ? KubernetesHead.TryParse(head)?.Version : null, resourceVersion);
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;

        // Its failure has no other observer.
        _ = _next?.ContinueWith(t => t.Exception, TaskScheduler.Default);
        _next = null;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.KubernetesWatchLost,
            LogLevel.Warning,
            "The watch of the state in {Server} was lost, and is tried again until it succeeds; commits do not depend on it.",
            EventName = "KubernetesWatchLost")]
        public static partial void WatchLost(ILogger logger, string server, Exception exception);
    }
}
