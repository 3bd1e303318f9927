using MarbleRun.Identity;

namespace MarbleRun.Activation.Renewal;

/// <summary>
/// When the next attempt is due: at half of the lifetime; after a failure with a growing delay; at the latest when the certificate, or the
/// mesh's trust in its authority, ends.
/// </summary>
/// <remarks>
/// A suspended machine stops its timers and not its clock, and a clock can be set. Therefore an attempt is due when the clock has reached
/// its time or when the planned time has passed, whichever is first, and waits are cut into slices after which both are compared again.
/// </remarks>
/// <param name="timeProvider">The clock.</param>
/// <param name="random">Returns a number from 0 to 1.</param>
internal sealed class RenewalSchedule(TimeProvider timeProvider, Func<double> random)
{
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_denied = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longestFirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortestFirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestEarlyDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortestRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromHours(1);

    private long _plannedAt;
    private TimeSpan _delay;
    private int _failures;

    /// <summary>The identity that is renewed next; null before <see cref="Begin"/>.</summary>
    public MarbleIdentity? Identity { get; private set; }

    /// <summary>When the next attempt is due, by the clock.</summary>
    public DateTimeOffset Next { get; private set; }

    public bool IsDue => Remaining <= TimeSpan.Zero;

    /// <summary>How long to wait before <see cref="IsDue"/> is asked again.</summary>
    public TimeSpan Slice => TimeSpan.FromTicks(Math.Clamp(Remaining.Ticks, 0, s_slice.Ticks));

    private TimeSpan Remaining
    {
        get
        {
            TimeSpan byClock = Next - timeProvider.GetUtcNow();
            TimeSpan byTimer = _delay - timeProvider.GetElapsedTime(_plannedAt);
            return byClock < byTimer ? byClock : byTimer;
        }
    }

    /// <summary>Plans the renewal of a new identity at half of its lifetime, ±10 %.</summary>
    public void Begin(MarbleIdentity identity)
    {
        Identity = identity;
        _failures = 0;
        Plan(identity.Since - timeProvider.GetUtcNow() + (Lifetime(identity) / 2 * Jitter(0.1)));
    }

    /// <summary>Plans the next attempt after a failed one.</summary>
    public void Retry(RenewalException failure)
    {
        _failures++;
        TimeSpan left = Identity!.AcceptedUntil - timeProvider.GetUtcNow();
        TimeSpan delay = failure switch
        {
            { Failure: RenewalFailure.Denied } => s_denied * Jitter(0.1),
            { RetryAfter: { } after } => Limit(after, left) * (1 + (random() / 10)),
            { Failure: RenewalFailure.Unsupported } when left > TimeSpan.Zero => left,
            _ => Backoff(isActivation: failure.IsActivation || left <= TimeSpan.Zero) * Jitter(0.5),
        };

        // At the end, the process is activated again.
        bool passesTheEnd = failure.Failure != RenewalFailure.Denied && left > TimeSpan.Zero && delay > left;
        Plan(passesTheEnd ? left : delay);
    }

    /// <summary>Plans the next attempt within a few seconds, unless it is due earlier.</summary>
    public void Hasten()
    {
        TimeSpan longest = Lifetime(Identity!) / 10;
        TimeSpan delay = (longest < s_longestEarlyDelay ? longest : s_longestEarlyDelay) * random();
        if (delay < Remaining)
        {
            Plan(delay);
        }
    }

    private static TimeSpan Lifetime(MarbleIdentity identity) => identity.NotAfter - identity.Since;

    /// <summary>A Coordinator that is overloaded decides when a Marble comes, but not that its certificate ends.</summary>
    private static TimeSpan Limit(TimeSpan retryAfter, TimeSpan left)
    {
        TimeSpan longest = left > TimeSpan.Zero ? Clamp(left / 2, s_shortestRetry, s_longestRetry) : s_longestDelay;
        return Clamp(retryAfter, s_shortestRetry, longest);
    }

    private TimeSpan Backoff(bool isActivation)
    {
        // The manifest may limit activations.
        TimeSpan lifetime = Lifetime(Identity!);
        TimeSpan first = isActivation ? s_longestFirstDelay : Clamp(lifetime / 120, s_shortestFirstDelay, s_longestFirstDelay);
        TimeSpan last = isActivation ? s_longestDelay : Clamp(lifetime / 24, first, s_longestDelay);
        TimeSpan delay = first * Math.Pow(2, Math.Min(_failures - 1, 20));
        return delay < last ? delay : last;
    }

    private void Plan(TimeSpan delay)
    {
        _plannedAt = timeProvider.GetTimestamp();
        _delay = delay;
        Next = timeProvider.GetUtcNow() + delay;
    }

    private double Jitter(double part) => 1 + (part * ((2 * random()) - 1));

    private static TimeSpan Clamp(TimeSpan value, TimeSpan shortest, TimeSpan longest) =>
        value < shortest ? shortest : value > longest ? longest : value;
}
