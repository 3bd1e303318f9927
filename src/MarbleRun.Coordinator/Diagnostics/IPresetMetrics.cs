namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Metrics that are reported from the start: gauges, and series with the value 0.</summary>
internal interface IPresetMetrics
{
    /// <summary>Called once, before the ports open and after the collection has started.</summary>
    void Preset();
}
