using System.Diagnostics.Metrics;

namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>The version of this build as a metric.</summary>
internal sealed class VersionMetric(IMeterFactory meters) : IPresetMetrics
{
    public void Preset() => meters.CreateCoordinatorMeter().CreateObservableGauge(
        "coordinator_version_info",
        () => new Measurement<int>(
            1, new KeyValuePair<string, object?>("version", CoordinatorVersion.Version), new("commit", CoordinatorVersion.Commit)),
        description: "Version information of the coordinator.");
}
