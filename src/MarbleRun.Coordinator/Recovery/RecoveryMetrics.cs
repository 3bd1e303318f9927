using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The metric of recovery secrets.</summary>
internal sealed class RecoveryMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _attempts = meters.CreateCoordinatorMeter().CreateCounter<long>(
        "coordinator_recovery_attempts_total", description: "Number of recovery secrets that were sent, by outcome.");

    /// <summary>The secret was refused.</summary>
    public void Rejected() => Count("rejected");

    /// <summary>The secret is genuine; others are missing.</summary>
    public void Accepted() => Count("accepted");

    /// <summary>The secret was the last missing one: the state is open.</summary>
    public void Recovered() => Count("recovered");

    private void Count(string outcome) => _attempts.Add(1, MetricLabel.Outcome(outcome));
}
