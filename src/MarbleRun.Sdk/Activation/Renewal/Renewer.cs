using System.Security.Cryptography;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation.Renewal;

/// <summary>
/// Renews the identity of this process for as long as it runs, one attempt at a time, and replaces its parameters with those that a renewal
/// brings. The last good identity stays until a new one is verified; no failure ends the process.
/// </summary>
internal sealed partial class Renewer(
    RenewalSource source,
    MarbleIdentityProvider provider,
    EarlyRenewal early,
    ParameterRenewal parameters,
    RenewalStatus status,
    IdentityMetrics metrics,
    TimeProvider timeProvider,
    ILogger<Renewer> logger,
    Func<double>? random = null)
{
    private static readonly TimeSpan s_afterFault = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestJitter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortestReplacementPause = TimeSpan.FromMinutes(10);

    private readonly Func<double> _random = random ?? NextRandom;
    private readonly RenewalSchedule _schedule = new(timeProvider, random ?? NextRandom);
    private readonly RenewalCall _call = new(source, timeProvider, logger);
    private readonly ActivationLimit _limit = new(source, timeProvider);
    private Task? _request;
    private bool _isUnsupportedLogged;
    private int _replacements;
    private DateTimeOffset _nextReplacement;

    /// <summary>Runs until it is cancelled.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        status.IsRunning = true;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await RenewOnceAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // A fault here must end neither the process nor the renewals.
                Log.RenewalFaulted(logger, e);
                await Task.Delay(s_afterFault, timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task RenewOnceAsync(CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(_schedule.Identity, provider.Current))
        {
            _schedule.Begin(provider.Current);
        }

        await WaitAsync(cancellationToken).ConfigureAwait(false);
        if (ReferenceEquals(_schedule.Identity, provider.Current))
        {
            await AttemptAsync(_schedule.Identity!, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (!_schedule.IsDue)
        {
            _request ??= early.WaitAsync(cancellationToken);
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task slice = Task.Delay(_schedule.Slice, timeProvider, turn.Token);
            Task first = await Task.WhenAny(_request, slice).ConfigureAwait(false);
            await turn.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (first == _request)
            {
                await _request.ConfigureAwait(false);
                _request = null;
                if (early.IsRequested(_schedule.Identity!))
                {
                    _schedule.Hasten();
                    Log.RenewalRequested(logger, _schedule.Next);
                }
            }
        }
    }

    private async Task AttemptAsync(MarbleIdentity current, CancellationToken cancellationToken)
    {
        try
        {
            (RenewedMarble renewed, string outcome) = await RenewAsync(current, cancellationToken).ConfigureAwait(false);
            metrics.Count(current.MarbleType, outcome);
            status.Succeed();
            Publish(renewed.Identity);
            _schedule.Begin(renewed.Identity);
            Log.IdentityRenewed(logger, renewed.Identity.Fingerprint, renewed.Identity.NotAfter, _schedule.Next);
            parameters.Take(renewed);
        }
        catch (RenewalException failure)
        {
            Fail(current, failure);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The platform of an app's own, for instance: the next attempt may succeed.
            Log.RenewalFaulted(logger, e);
            Fail(current, new RenewalException(RenewalFailure.Failed, $"An unexpected error: {e.Message}", e));
        }
    }

    private async Task<(RenewedMarble Renewed, string Outcome)> RenewAsync(MarbleIdentity current, CancellationToken cancellationToken)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (now >= current.AcceptedUntil)
        {
            string reason = now >= current.NotAfter ? "it has ended" : "the mesh does not accept its authority any more";
            return (await ActivateAgainAsync(current, reason, cancellationToken).ConfigureAwait(false), "activated");
        }

        try
        {
            RenewedMarble renewed = await _call.RunAsync(current, cancellationToken).ConfigureAwait(false);
            _replacements = 0;
            return (renewed, "renewed");
        }
        catch (RenewalException failure) when (failure.Failure == RenewalFailure.Worthless)
        {
            return (await ReplaceAsync(current, failure, cancellationToken).ConfigureAwait(false), "activated");
        }
        catch (RenewalException failure) when (failure.Failure == RenewalFailure.Unsupported)
        {
            string? limit = await _limit.FindReasonAsync(current, cancellationToken).ConfigureAwait(false);
            return limit is null
                ? (await ActivateAgainAsync(
                    current, "the Coordinator does not renew it", cancellationToken).ConfigureAwait(false), "activated")
                : throw new RenewalException(
                    RenewalFailure.Unsupported,
                    $"{failure.Message} This Marble is not activated again before the end of its certificate: {limit}.",
                    failure);
        }
    }

    /// <summary>
    /// Activates because a server says that the certificate is worthless. An attacker in the network could say so, too, and each activation
    /// counts: the first comes at once, further ones with growing pauses, until a renewal succeeds.
    /// </summary>
    private async Task<RenewedMarble> ReplaceAsync(MarbleIdentity current, RenewalException failure, CancellationToken cancellationToken)
    {
        TimeSpan pause = _nextReplacement - timeProvider.GetUtcNow();
        if (_replacements > 0 && pause > TimeSpan.Zero)
        {
            throw new RenewalException(
                RenewalFailure.Worthless,
                $"{failure.Message} This Marble was activated again for that reason a short time ago; it waits before it repeats that.",
                failure)
            {
                RetryAfter = pause,
            };
        }

        // All Marbles of the mesh may get this answer at the same time.
        await Task.Delay(s_longestJitter * _random(), timeProvider, cancellationToken).ConfigureAwait(false);
        RenewedMarble renewed = await ActivateAgainAsync(
            current, "the Coordinator does not accept it any more", cancellationToken).ConfigureAwait(false);
        TimeSpan next = s_shortestReplacementPause * Math.Pow(2, Math.Min(_replacements, 20));
        TimeSpan longest = (renewed.Identity.NotAfter - renewed.Identity.Since) / 2;
        _replacements++;
        _nextReplacement = timeProvider.GetUtcNow() + (next < longest ? next : longest);
        return renewed;
    }

    private async Task<RenewedMarble> ActivateAgainAsync(MarbleIdentity current, string reason, CancellationToken cancellationToken)
    {
        Log.ActivatingAgain(logger, current.NotAfter, reason);
        try
        {
            (MarbleIdentity identity, ReceivedParameters received) = await MarbleActivator
                .ActivateAgainAsync(source, current, timeProvider, logger, cancellationToken).ConfigureAwait(false);
            return new RenewedMarble(identity, received);
        }
        catch (MarbleActivationException e)
        {
            throw new RenewalException(
                e.Failure switch
                {
                    MarbleActivationFailure.Denied => RenewalFailure.Denied,
                    MarbleActivationFailure.CoordinatorUntrusted or MarbleActivationFailure.InvalidReply => RenewalFailure.Untrusted,
                    MarbleActivationFailure.Unknown => RenewalFailure.Failed,
                    _ => RenewalFailure.Unavailable,
                },
                e.Message,
                e)
            {
                IsActivation = true,
            };
        }
        catch (AttestationException e)
        {
            throw new RenewalException(RenewalFailure.Failed, $"This process could not attest itself: {e.Message}", e)
            {
                IsActivation = true,
            };
        }
    }

    private void Publish(MarbleIdentity renewed)
    {
        try
        {
            provider.Publish(renewed);
        }
        catch (AggregateException e)
        {
            // The new identity is in force; only callbacks of the app's own failed.
            Log.IdentityChangeFailed(logger, e);
        }
    }

    private void Fail(MarbleIdentity current, RenewalException failure)
    {
        metrics.Count(current.MarbleType, NameOf(failure.Failure));
        status.Fail(timeProvider.GetUtcNow(), failure.Message);
        _schedule.Retry(failure);
        switch (failure.Failure)
        {
            case RenewalFailure.Denied:
                Log.RenewalDenied(logger, current.NotAfter, failure.Message, _schedule.Next);
                break;
            case RenewalFailure.Untrusted:
                Log.RenewalUntrusted(logger, current.NotAfter, failure.Message, _schedule.Next);
                break;
            case RenewalFailure.Unsupported:
                if (!_isUnsupportedLogged)
                {
                    _isUnsupportedLogged = true;
                    Log.RenewalUnsupported(logger, current.NotAfter, failure.Message);
                }

                break;
            default:
                Log.RenewalFailed(logger, current.NotAfter, failure.Message, _schedule.Next);
                break;
        }
    }

    private static double NextRandom() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    private static string NameOf(RenewalFailure failure) => failure switch
    {
        RenewalFailure.Unavailable => "unavailable",
        RenewalFailure.Unsupported => "unsupported",
        RenewalFailure.Denied => "denied",
        RenewalFailure.Untrusted => "untrusted",
        RenewalFailure.Worthless => "worthless",
        _ => "failed",
    };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.IdentityRenewed,
            LogLevel.Information,
            "This Marble has a new certificate, {Fingerprint}, until {NotAfter:u}. It is renewed at {Next:u}.",
            EventName = "IdentityRenewed")]
        public static partial void IdentityRenewed(ILogger logger, string fingerprint, DateTimeOffset notAfter, DateTimeOffset next);

        [LoggerMessage(
            EventIds.RenewalFailed,
            LogLevel.Warning,
            "The certificate of this Marble, valid until {NotAfter:u}, was not renewed; trying again at {Next:u}. {Reason}",
            EventName = "RenewalFailed")]
        public static partial void RenewalFailed(ILogger logger, DateTimeOffset notAfter, string reason, DateTimeOffset next);

        [LoggerMessage(
            EventIds.RenewalDenied,
            LogLevel.Error,
            "The Coordinator refuses to renew the certificate of this Marble, which ends at {NotAfter:u}; trying again at {Next:u}. "
            + "{Reason}",
            EventName = "RenewalDenied")]
        public static partial void RenewalDenied(ILogger logger, DateTimeOffset notAfter, string reason, DateTimeOffset next);

        [LoggerMessage(
            EventIds.RenewalUntrusted,
            LogLevel.Error,
            "A renewal was not used, because its Coordinator is not trusted or its answer is wrong. The certificate of this Marble stays "
            + "in use until {NotAfter:u}; trying again at {Next:u}. {Reason}",
            EventName = "RenewalUntrusted")]
        public static partial void RenewalUntrusted(ILogger logger, DateTimeOffset notAfter, string reason, DateTimeOffset next);

        [LoggerMessage(
            EventIds.RenewalUnsupported,
            LogLevel.Warning,
            "The certificate of this Marble ends at {NotAfter:u} and cannot be renewed: restart this Marble before. {Reason}",
            EventName = "RenewalUnsupported")]
        public static partial void RenewalUnsupported(ILogger logger, DateTimeOffset notAfter, string reason);

        [LoggerMessage(
            EventIds.ActivatingAgain,
            LogLevel.Warning,
            "This Marble is activated again, which counts as an activation of its type, to replace its certificate until {NotAfter:u}: "
            + "{Reason}.",
            EventName = "ActivatingAgain")]
        public static partial void ActivatingAgain(ILogger logger, DateTimeOffset notAfter, string reason);

        [LoggerMessage(
            EventIds.RenewalFaulted,
            LogLevel.Error,
            "An unexpected error ended an attempt to renew the certificate of this Marble.",
            EventName = "RenewalFaulted")]
        public static partial void RenewalFaulted(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.IdentityChangeFailed,
            LogLevel.Error,
            "The new certificate of this Marble is in use, but a callback of the app for the change of the identity failed.",
            EventName = "IdentityChangeFailed")]
        public static partial void IdentityChangeFailed(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.RenewalRequested,
            LogLevel.Information,
            "The certificate of this Marble is renewed early, at {Next:u}: the mesh has another first authority, or does not accept the "
            + "certificate any more.",
            EventName = "RenewalRequested")]
        public static partial void RenewalRequested(ILogger logger, DateTimeOffset next);
    }
}
