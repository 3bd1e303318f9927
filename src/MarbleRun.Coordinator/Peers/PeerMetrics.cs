using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Peers;

/// <summary>The metrics of keys that pass between Coordinators.</summary>
internal sealed class PeerMetrics
{
    private readonly Counter<long> _handOvers;
    private readonly Counter<long> _receipts;

    public PeerMetrics(IMeterFactory meters)
    {
        Meter meter = meters.CreateCoordinatorMeter();
        _handOvers = meter.CreateCounter<long>(
            "coordinator_key_handovers_total", description: "Number of requests of other Coordinators for the keys by outcome.");
        _receipts = meter.CreateCounter<long>(
            "coordinator_key_receipts_total", description: "Number of times that this Coordinator asked others for the keys by outcome.");
    }

    /// <param name="outcome">A word from a fixed list.</param>
    public void HandedOver(string outcome) => _handOvers.Add(1, MetricLabel.Outcome(outcome));

    /// <param name="outcome">A word from a fixed list.</param>
    public void Asked(string outcome) => _receipts.Add(1, MetricLabel.Outcome(outcome));
}
