using System.Diagnostics;
using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.State;

/// <summary>The metrics of the state: the snapshot in force and its commits.</summary>
internal sealed class StateMetrics : IPresetMetrics
{
    private readonly Meter _meter;
    private readonly CurrentState _current;
    private readonly Counter<long> _commits;
    private readonly Histogram<double> _commitDuration;

    public StateMetrics(IMeterFactory meters, CurrentState current)
    {
        _meter = meters.CreateCoordinatorMeter();
        _current = current;
        _commits = _meter.CreateCounter<long>(
            "coordinator_state_commits_total",
            description: "Number of attempts to seal the state or its counters and make them durable, by outcome.");
        _commitDuration = _meter.CreateDuration(
            "coordinator_state_commit_duration_seconds", "Time to seal the state or its counters and make them durable.");
    }

    /// <summary>Adds the gauges, which are computed when they are read. They use the snapshot in force and do not wait.</summary>
    public void Preset()
    {
        _meter.CreateObservableGauge("coordinator_state", () => (int)_current.Value.Phase, description: "State of the Coordinator.");
        _meter.CreateObservableGauge(
            "coordinator_state_generation",
            () => (long)_current.Value.Generation,
            description: "Generation of the state in force: how many times it was sealed.");
    }

    /// <summary>The single writer sealed the state or its counters and made them durable, or failed.</summary>
    /// <param name="succeeded">Whether it is known to be durable.</param>
    /// <param name="startTimestamp">From <see cref="Stopwatch.GetTimestamp"/>, before the state was serialised.</param>
    public void Committed(bool succeeded, long startTimestamp)
    {
        KeyValuePair<string, object?> outcome = MetricLabel.Outcome(succeeded ? "success" : "failure");
        _commits.Add(1, outcome);
        _commitDuration.Record(Stopwatch.GetElapsedTime(startTimestamp).TotalSeconds, outcome);
    }
}
