using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Etcd.Protos;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>
/// Hears of commits by a watch of the head. A stream can fall silent, so that the version is also read at an interval; after each new
/// stream it is reported again, whether the old one was lost, ended by the cluster, or asked for a revision that is compacted.
/// </summary>
internal sealed partial class EtcdWatch(EtcdCluster cluster, EtcdWriter writer, string headKey, ILogger logger) : IAsyncDisposable
{
    private const string What = "the state cannot be watched";
    private const int MaxDelayMilliseconds = 2000;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private AsyncDuplexStreamingCall<WatchRequest, WatchResponse>? _stream;
    private Task<bool>? _next;
    private EtcdVersion? _last;
    private bool _isFirst = true;

    /// <summary>Waits for the next report.</summary>
    /// <exception cref="StateStoreException">The first connection failed. Later ones are tried until one succeeds.</exception>
    public async Task<EtcdVersion?> NextAsync(CancellationToken cancellationToken)
    {
        for (int failures = 0; ; failures++)
        {
            try
            {
                return await WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is RpcException or StateStoreException)
            {
                Close();
                cancellationToken.ThrowIfCancellationRequested();
                if (_isFirst)
                {
                    throw exception as StateStoreException ?? cluster.Describe(What, (RpcException)exception);
                }

                if (failures == 0)
                {
                    Log.WatchLost(logger, cluster.Name, exception);
                }

                int longest = Math.Min(MaxDelayMilliseconds, 100 << Math.Min(failures, 5));
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

    private async Task<EtcdVersion?> WaitAsync(CancellationToken cancellationToken)
    {
        if (_stream is not { } stream)
        {
            (EtcdHead? head, long revision) = await writer.ReadHeadAsync(What, headKey, cancellationToken).ConfigureAwait(false);
            stream = _stream = await cluster.WatchAsync(cancellationToken).ConfigureAwait(false);
            var create = new WatchCreateRequest { Key = ByteString.CopyFromUtf8(headKey), StartRevision = revision + 1 };
            await stream.RequestStream.WriteAsync(new WatchRequest { CreateRequest = create }, cancellationToken).ConfigureAwait(false);
            _isFirst = false;
            return _last = head?.Version;
        }

        while (true)
        {
            _next ??= stream.ResponseStream.MoveNext(cancellationToken);
            bool isAnswered = await Task.WhenAny(_next, Task.Delay(s_interval, TimeProvider.System, cancellationToken))
                .ConfigureAwait(false) == _next;
            cancellationToken.ThrowIfCancellationRequested();
            if (isAnswered)
            {
                bool hasMore = await _next.ConfigureAwait(false);
                _next = null;
                WatchResponse? response = hasMore ? stream.ResponseStream.Current : null;
                if (response is null or { Canceled: true })
                {
                    throw new RpcException(new Status(StatusCode.Unavailable, response?.CancelReason ?? "the stream ended"));
                }

                if (response.Events.Count == 0)
                {
                    continue;
                }
            }

            EtcdVersion? known = _last;
            _last = (await writer.ReadHeadAsync(What, headKey, cancellationToken).ConfigureAwait(false)).Head?.Version;
            if (isAnswered || _last != known)
            {
                return _last;
            }
        }
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
            EventIds.EtcdWatchLost,
            LogLevel.Warning,
            "The watch of the state in {Server} was lost, and is tried again until it succeeds; commits do not depend on it.",
            EventName = "EtcdWatchLost")]
        public static partial void WatchLost(ILogger logger, string server, Exception exception);
    }
}
