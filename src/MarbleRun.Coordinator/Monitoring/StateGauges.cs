using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Monitoring;

/// <summary>The gauges that are computed when they are read. They use the snapshot in force and do not wait.</summary>
internal sealed class StateGauges(IMeterFactory meters, CurrentState current)
{
    public void Register()
    {
        Meter meter = meters.Create(CoordinatorTelemetry.MeterName);
        meter.CreateObservableGauge(
            "coordinator_version_info",
            () => new Measurement<int>(
                1, new KeyValuePair<string, object?>("version", CoordinatorVersion.Version), new("commit", CoordinatorVersion.Commit)),
            description: "Version information of the coordinator.");
        meter.CreateObservableGauge("coordinator_state", () => (int)current.Value.Phase, description: "State of the Coordinator.");
        meter.CreateObservableGauge(
            "coordinator_state_generation",
            () => (long)current.Value.Generation,
            description: "Generation of the state in force: how many times it was sealed.");
    }
}
