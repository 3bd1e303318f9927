namespace MarbleRun.Activation.Renewal;

/// <summary>
/// How long a Marble waits before it renews, as pure functions: at half of the lifetime, after a failure with a growing delay, and within
/// seconds where the mesh wants it.
/// </summary>
/// <param name="random">Returns a number from 0 to 1.</param>
internal sealed class RenewalDelays(Func<double> random)
{
    private static readonly TimeSpan s_denied = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longestFirst = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortestFirst = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestEarly = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortestRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromHours(1);

    /// <summary>From the receipt of a certificate to its renewal: half of its lifetime, ±10 %.</summary>
    public TimeSpan First(TimeSpan lifetime) => lifetime / 2 * Jitter(0.1);

    /// <summary>From the request to renew early to the renewal.</summary>
    public TimeSpan Early(TimeSpan lifetime)
    {
        TimeSpan longest = lifetime / 10;
        return (longest < s_longestEarly ? longest : s_longestEarly) * random();
    }

    /// <summary>From a failed attempt to the next one.</summary>
    /// <param name="failure">Why it failed.</param>
    /// <param name="retryAfter">When the Coordinator wants the next attempt; null if it does not say.</param>
    /// <param name="isActivation">Whether an activation failed.</param>
    /// <param name="failures">How many attempts failed, with this one, since the last one that succeeded.</param>
    /// <param name="lifetime">The lifetime of the certificate.</param>
    /// <param name="left">What is left of it.</param>
    public TimeSpan AfterFailure(
        RenewalFailure failure, TimeSpan? retryAfter, bool isActivation, int failures, TimeSpan lifetime, TimeSpan left)
    {
        TimeSpan delay = failure switch
        {
            RenewalFailure.Denied => s_denied * Jitter(0.1),
            _ when retryAfter is { } after => Limit(after, left) * (1 + (random() / 10)),
            RenewalFailure.Unsupported when left > TimeSpan.Zero => left,
            _ => Backoff(isActivation || left <= TimeSpan.Zero, failures, lifetime) * Jitter(0.5),
        };

        // At the end, the process is activated again.
        bool passesTheEnd = failure != RenewalFailure.Denied && left > TimeSpan.Zero && delay > left;
        return passesTheEnd ? left : delay;
    }

    /// <summary>A Coordinator that is overloaded decides when a Marble comes, but not that its certificate ends.</summary>
    private static TimeSpan Limit(TimeSpan retryAfter, TimeSpan left)
    {
        TimeSpan longest = left > TimeSpan.Zero ? Clamp(left / 2, s_shortestRetry, s_longestRetry) : s_longest;
        return Clamp(retryAfter, s_shortestRetry, longest);
    }

    /// <summary>The manifest may limit activations: they are tried again later than renewals.</summary>
    private static TimeSpan Backoff(bool isActivation, int failures, TimeSpan lifetime)
    {
        TimeSpan first = isActivation ? s_longestFirst : Clamp(lifetime / 120, s_shortestFirst, s_longestFirst);
        TimeSpan last = isActivation ? s_longest : Clamp(lifetime / 24, first, s_longest);
        TimeSpan delay = first * Math.Pow(2, Math.Min(failures - 1, 20));
        return delay < last ? delay : last;
    }

    private double Jitter(double part) => 1 + (part * ((2 * random()) - 1));

    private static TimeSpan Clamp(TimeSpan value, TimeSpan shortest, TimeSpan longest) =>
        value < shortest ? shortest : value > longest ? longest : value;
}
