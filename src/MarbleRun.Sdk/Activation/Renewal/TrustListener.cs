using System.Security.Cryptography;
using Grpc.Core;
using MarbleRun.Activation.Trust;
using MarbleRun.Identity;
using MarbleRun.Protos;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation.Renewal;

/// <summary>
/// Receives the trust of the mesh from the Coordinator, over a connection that stays open and that it opens again when it breaks.
/// </summary>
internal sealed partial class TrustListener(
    CoordinatorAddresses address,
    MarbleIdentityProvider provider,
    EarlyRenewal early,
    RevocationPolicy policy,
    TrustMetrics metrics,
    TimeProvider timeProvider,
    ILogger logger)
{
    /// <summary>How long a new connection may take until its first list; the system's clock counts, because the network does.</summary>
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isLossLogged;
    private bool _isRefusalLogged;

    /// <summary>Completes with the first list, or when it is known that none will come.</summary>
    public Task First => _first.Task;

    /// <summary>Runs until the Coordinator proves that it has no such lists.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TrustHolder trust = provider.Current.Trust;

        // The activation was contact, too.
        trust.SetContact(new TrustContact(policy, timeProvider.GetUtcNow(), IsConnected: false));
        TimeSpan delay = s_firstDelay;
        while (true)
        {
            MarbleIdentity identity = provider.Current;
            (bool isOffered, string reason) = await ListenSafelyAsync(identity, cancellationToken).ConfigureAwait(false);
            if (!isOffered)
            {
                trust.SetContact(null);
                _first.TrySetResult();
                Log.TrustNotOffered(logger, address.Authority);
                return;
            }

            bool wasConnected = trust.Contact is { IsConnected: true };
            if (wasConnected)
            {
                trust.SetContact(new TrustContact(policy, timeProvider.GetUtcNow(), IsConnected: false));
                delay = s_firstDelay;
            }

            // The Coordinator ends the stream with the certificate that opened it; with a newer one, nothing is lost.
            TimeSpan pause = Jitter(delay);
            if (!wasConnected || ReferenceEquals(identity, provider.Current))
            {
                LogLoss(trust, reason, pause);
            }

            await PauseAsync(pause, identity, cancellationToken).ConfigureAwait(false);
            delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
        }
    }

    /// <summary>Waits, but not longer than until the identity is replaced: the next one may be accepted at once.</summary>
    private async Task PauseAsync(TimeSpan pause, MarbleIdentity identity, CancellationToken cancellationToken)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using IDisposable replaced = identity.ChangeToken.RegisterChangeCallback(
            static source => ((CancellationTokenSource)source!).Cancel(), turn);
        await Task.Delay(pause, timeProvider, turn.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>A fault here must end neither the process nor the stream for good.</summary>
    private async Task<(bool IsOffered, string Reason)> ListenSafelyAsync(MarbleIdentity identity, CancellationToken cancellationToken)
    {
        try
        {
            return await ListenAsync(identity, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.TrustListeningFaulted(logger, e);
            return (true, $"an unexpected error: {e.Message}");
        }
    }

    private async Task<(bool IsOffered, string Reason)> ListenAsync(MarbleIdentity identity, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(s_longestSilence);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        using var mesh = new MeshChannel(address, identity.CertificateContext, TrustListReader.MostBytes);
        try
        {
            using AsyncServerStreamingCall<SignedTrustList> call =
                new Mesh.MeshClient(mesh.Channel).WatchTrust(new WatchTrustRequest(), cancellationToken: either.Token);
            TrustSource? source = null;
            await foreach (SignedTrustList list in call.ResponseStream.ReadAllAsync(either.Token).ConfigureAwait(false))
            {
                silence.CancelAfter(Timeout.InfiniteTimeSpan);
                source ??= new TrustSource(mesh.Handshake.ServerCertificate!);
                if (!Receive(identity.Trust, list, source, out string? refusal))
                {
                    return (true, $"the list that it sent was refused: {refusal}");
                }
            }

            return (true, "the Coordinator ended the connection");
        }
        catch (RpcException e)
        {
            if (e.StatusCode == StatusCode.Unauthenticated && ReferenceEquals(identity, provider.Current))
            {
                // An update that this Marble has not heard of: the renewal finds out whether the certificate is worthless.
                early.Request(identity);
            }

            return (!IsProvenAbsent(e, identity, mesh), $"{e.StatusCode}: {TransportFault.Describe(e)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (true, $"no list came within {s_longestSilence.TotalSeconds} s");
        }
    }

    /// <summary>
    /// Whether this deployment's Coordinator said that it has no such lists. An attacker in the network could say so, too: only the server
    /// that has the key of this Marble's authority is believed, and not one that has sent lists before.
    /// </summary>
    private static bool IsProvenAbsent(RpcException failure, MarbleIdentity identity, MeshChannel mesh) =>
        failure.StatusCode == StatusCode.Unimplemented
        && identity.Trust.Current is null
        && mesh.Handshake.ServerCertificate is { } server
        && server.AsSpan().SequenceEqual(identity.MarbleRoot.RawDataMemory.Span);

    private bool Receive(TrustHolder trust, SignedTrustList list, TrustSource source, out string? refusal)
    {
        MarbleTrust? before = trust.Current;
        bool isAccepted = trust.TryAccept(list, source, timeProvider.GetUtcNow(), out refusal);
        metrics.Count(isAccepted);
        if (!isAccepted)
        {
            Log.TrustRefused(logger, address.Authority, refusal!);
            return false;
        }

        trust.SetContact(new TrustContact(policy, timeProvider.GetUtcNow(), IsConnected: true));
        if (_isRefusalLogged)
        {
            Log.PeersAccepted(logger);
        }

        (_isLossLogged, _isRefusalLogged) = (false, false);
        if (trust.Current is { } current && !ReferenceEquals(current, before))
        {
            Log.TrustReceived(logger, current.Number, current.Authorities.Length, current.Revocations.Count);
        }

        // Also at each connection: the identity may have been renewed under the old authority meanwhile.
        if (provider.Current is { IsOutdated: true } identity)
        {
            early.Request(identity, trust.Current?.Number ?? 0);
        }

        _first.TrySetResult();
        return true;
    }

    private void LogLoss(TrustHolder trust, string reason, TimeSpan pause)
    {
        // Each time: the next one may be draining, too.
        address.MoveOn();
        if (!_isLossLogged)
        {
            _isLossLogged = true;
            Log.TrustConnectionLost(logger, address.Authority, reason, pause);
        }

        if (!_isRefusalLogged && trust.Contact?.FindFault(timeProvider.GetUtcNow()) is { } fault)
        {
            _isRefusalLogged = true;
            Log.PeersRefused(logger, fault);
        }
    }

    private static TimeSpan Jitter(TimeSpan delay) =>
        TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)(delay.TotalMilliseconds / 2), (int)delay.TotalMilliseconds + 1));

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.TrustReceived,
            LogLevel.Information,
            "The trust of the mesh is that of list {Number}: {Authorities} authorities, {Revocations} revocations.",
            EventName = "TrustReceived")]
        public static partial void TrustReceived(ILogger logger, ulong number, int authorities, int revocations);

        [LoggerMessage(
            EventIds.TrustRefused,
            LogLevel.Error,
            "Refused a trust list from {Address}: {Reason}. The trust stays as it was.",
            EventName = "TrustRefused")]
        public static partial void TrustRefused(ILogger logger, string address, string reason);

        [LoggerMessage(
            EventIds.TrustConnectionLost,
            LogLevel.Warning,
            "Revocations are not received from the Coordinator at {Address}: {Reason}; trying again in {Delay}, and then again.",
            EventName = "TrustConnectionLost")]
        public static partial void TrustConnectionLost(ILogger logger, string address, string reason, TimeSpan delay);

        [LoggerMessage(
            EventIds.TrustNotOffered,
            LogLevel.Information,
            "The Coordinator at {Address} sends no trust lists: this Marble knows no revocations.",
            EventName = "TrustNotOffered")]
        public static partial void TrustNotOffered(ILogger logger, string address);

        [LoggerMessage(
            EventIds.TrustListeningFaulted,
            LogLevel.Error,
            "An unexpected error ended the connection over which the Coordinator sends the trust of the mesh; this Marble connects again.",
            EventName = "TrustListeningFaulted")]
        public static partial void TrustListeningFaulted(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.PeersRefused,
            LogLevel.Error,
            "This Marble accepts no peer: {Reason}.",
            EventName = "PeersRefused")]
        public static partial void PeersRefused(ILogger logger, string reason);

        [LoggerMessage(
            EventIds.PeersAccepted,
            LogLevel.Information,
            "This Marble accepts peers again: the Coordinator sends revocations.",
            EventName = "PeersAccepted")]
        public static partial void PeersAccepted(ILogger logger);
    }
}
