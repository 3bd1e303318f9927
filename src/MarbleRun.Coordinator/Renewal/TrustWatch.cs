using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Identity;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Renewal;

/// <summary>Sends the trust of the mesh to one Marble until its certificate is no longer accepted, or it leaves.</summary>
internal sealed partial class TrustWatch(
    CurrentState current,
    TrustFeed feed,
    RenewalService renewals,
    RenewalMetrics metrics,
    IHostApplicationLifetime lifetime,
    TimeProvider timeProvider,
    ILogger<TrustWatch> logger)
{
    /// <summary>A timer takes no longer time; a connection ends before it.</summary>
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(40);

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _streams = new(StringComparer.Ordinal);

    /// <param name="certificate">The certificate of the connection, or null.</param>
    /// <param name="send">Sends one list.</param>
    /// <param name="cancellationToken">Ends when the Marble leaves.</param>
    /// <exception cref="RenewalRefusedException">The certificate is not accepted, or no longer; the last list was sent before.</exception>
    public async Task RunAsync(
        X509Certificate2? certificate, Func<SignedTrustList, CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        CoordinatorState state = RequireMesh();
        MarblePeer marble = renewals.Recognise(state, certificate);
        Log.WatchStarted(logger, LogText.Clean(marble.MarbleType), marble.Id);
        metrics.WatchStarted();
        WatchingMarble watching = state.Watch(certificate!, marble, timeProvider.GetUtcNow());
        string fingerprint = watching.Marble.Certificate!;
        TimeSpan left = watching.NotAfter - timeProvider.GetUtcNow();
        using var end = new CancellationTokenSource(
            left < TimeSpan.Zero ? TimeSpan.Zero : left < s_longestTimer ? left : s_longestTimer, timeProvider);
        using var replaced = new CancellationTokenSource();
        Replace(fingerprint, replaced);
        try
        {
            using var any = CancellationTokenSource.CreateLinkedTokenSource(
                cancellationToken, end.Token, replaced.Token, lifetime.ApplicationStopping);
            await SendAsync(certificate!, watching, send, any.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RenewalRefusedException(StatusCode.Unavailable, "this Coordinator is stopping; connect again", "stopping");
        }
        catch (OperationCanceledException) when (replaced.IsCancellationRequested)
        {
            throw new RenewalRefusedException(StatusCode.Aborted, "the same certificate watches over another connection now", "replaced");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RenewalRefusedException(StatusCode.Unauthenticated, "the certificate of this connection has ended", "certificate");
        }
        finally
        {
            _streams.TryRemove(KeyValuePair.Create(fingerprint, replaced));
            metrics.WatchEnded();
        }
    }

    /// <summary>One stream for each certificate: otherwise one Marble could hold all connections of the port.</summary>
    private void Replace(string fingerprint, CancellationTokenSource stream)
    {
        CancellationTokenSource? earlier = null;
        _streams.AddOrUpdate(fingerprint, stream, (_, other) =>
        {
            earlier = other;
            return stream;
        });
        try
        {
            earlier?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The earlier stream has ended at the same moment.
        }
    }

    private async Task SendAsync(
        X509Certificate2 certificate,
        WatchingMarble watching,
        Func<SignedTrustList, CancellationToken, Task> send,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            (SignedTrustList list, Task changed) = feed.Read();
            await send(list, cancellationToken);

            // Who is shut out learns it from the list, and then from the end of the stream.
            CoordinatorState state = RequireMesh();
            if (!watching.IsAccepted(state, timeProvider.GetUtcNow()))
            {
                SignedTrustList last = feed.Read().List;
                if (!ReferenceEquals(last, list))
                {
                    await send(last, cancellationToken);
                }

                renewals.Recognise(state, certificate);
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private CoordinatorState RequireMesh() => current.Value is { Manifest: not null } state
        ? state
        : throw new RenewalRefusedException(StatusCode.FailedPrecondition, "there is no trust to watch in current state", "phase");

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.TrustWatched,
            LogLevel.Debug,
            "A Marble of type '{MarbleType}', UUID {Uuid}, watches the trust of the mesh.",
            EventName = "TrustWatched")]
        public static partial void WatchStarted(ILogger logger, string marbleType, Guid uuid);
    }
}
