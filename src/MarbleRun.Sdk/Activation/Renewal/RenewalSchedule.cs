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

    private readonly RenewalDelays _delays = new(random);
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
        Plan(identity.Since - timeProvider.GetUtcNow() + _delays.First(Lifetime(identity)));
    }

    /// <summary>Plans the next attempt after a failed one.</summary>
    public void Retry(RenewalException failure)
    {
        _failures++;
        TimeSpan left = Identity!.AcceptedUntil - timeProvider.GetUtcNow();
        Plan(_delays.AfterFailure(
            failure.Failure, failure.RetryAfter, failure.IsActivation, _failures, Lifetime(Identity), left));
    }

    /// <summary>Plans the next attempt within a few seconds, unless it is due earlier.</summary>
    public void Hasten()
    {
        TimeSpan delay = _delays.Early(Lifetime(Identity!));
        if (delay < Remaining)
        {
            Plan(delay);
        }
    }

    private static TimeSpan Lifetime(MarbleIdentity identity) => identity.NotAfter - identity.Since;

    private void Plan(TimeSpan delay)
    {
        _plannedAt = timeProvider.GetTimestamp();
        _delay = delay;
        Next = timeProvider.GetUtcNow() + delay;
    }
}
