using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Renewal;

/// <summary>The metrics of renewals, and of the Marbles that watch the trust.</summary>
internal sealed class RenewalMetrics
{
    private readonly Counter<long> _renewals;
    private int _watchers;

    public RenewalMetrics(IMeterFactory meters, RenewalQueue queue)
    {
        Meter meter = meters.CreateCoordinatorMeter();
        _renewals = meter.CreateCounter<long>(
            "coordinator_marble_renewals_total", description: "Number of renewals of Marble certificates by outcome.");
        meter.CreateObservableGauge(
            "coordinator_marble_renewals_waiting", () => queue.Waiting, description: "Number of renewals that wait for their turn.");
        meter.CreateObservableGauge(
            "coordinator_trust_watchers",
            () => Volatile.Read(ref _watchers),
            description: "Number of Marbles that watch the trust of the mesh.");
    }

    /// <summary>A renewal ended.</summary>
    /// <param name="marbleType">A type of the manifest in force, or <see cref="MetricLabel.Unknown"/>.</param>
    /// <param name="outcome">A word from a fixed list.</param>
    public void Finished(string marbleType, string outcome) =>
        _renewals.Add(1, new KeyValuePair<string, object?>("type", marbleType), MetricLabel.Outcome(outcome));

    /// <summary>A Marble watches until <see cref="WatchEnded"/>.</summary>
    public void WatchStarted() => Interlocked.Increment(ref _watchers);

    public void WatchEnded() => Interlocked.Decrement(ref _watchers);
}
