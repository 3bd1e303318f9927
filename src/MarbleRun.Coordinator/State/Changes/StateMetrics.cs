using System.Diagnostics;
using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.State.Changes;

/// <summary>The metrics of the state: the snapshot in force and its commits.</summary>
internal sealed class StateMetrics : IPresetMetrics
{
    private readonly Meter _meter;
    private readonly CurrentState _current;
    private readonly Counter<long> _commits;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _older;
    private readonly Histogram<double> _lookDuration;

    public StateMetrics(IMeterFactory meters, CurrentState current)
    {
        _meter = meters.CreateCoordinatorMeter();
        _current = current;
        _commits = _meter.CreateCounter<long>(
            "coordinator_state_commits_total",
            description: "Number of attempts to seal the state or its counters and make them durable, by outcome.");
        _commitDuration = _meter.CreateDuration(
            "coordinator_state_commit_duration_seconds", "Time to seal the state or its counters and make them durable.");
        _conflicts = _meter.CreateCounter<long>(
            "coordinator_state_conflicts_total",
            description: "Number of commits that another Coordinator forestalled in a shared store; the changes are applied again.");
        _older = _meter.CreateCounter<long>(
            "coordinator_state_older_answers_total",
            description: "Number of activations that were answered from an older state because the shared store did not answer.");
        _lookDuration = _meter.CreateDuration(
            "coordinator_state_look_duration_seconds",
            "Time to make sure that the state in use is the newest one of a shared store; requests that wait share one look.");
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

    /// <summary>Adds the gauge of a shared store.</summary>
    /// <param name="age">For how long it is not known whether the state in use is the newest one.</param>
    public void ObserveAge(Func<TimeSpan> age) => _meter.CreateObservableGauge(
        "coordinator_state_age_seconds",
        () => age().TotalSeconds,
        unit: "s",
        description: "Time since the state in use was known to be the newest one of the shared store.");

    /// <summary>Another Coordinator was faster.</summary>
    public void Conflicted() => _conflicts.Add(1);

    /// <summary>An activation was answered from an older state.</summary>
    public void AnsweredFromOlder() => _older.Add(1);

    /// <summary>The state in use is the newest one of the shared store.</summary>
    /// <param name="startTimestamp">Before the look, of the clock.</param>
    /// <param name="timeProvider">The clock.</param>
    public void Looked(long startTimestamp, TimeProvider timeProvider) =>
        _lookDuration.Record(timeProvider.GetElapsedTime(startTimestamp).TotalSeconds);

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
