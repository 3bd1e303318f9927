namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>The names of a Coordinator's metrics and traces, for listeners such as OpenTelemetry.</summary>
public static class CoordinatorTelemetry
{
    /// <summary>The <see cref="System.Diagnostics.Metrics.Meter"/> of every metric that <c>docs/operations/observability.md</c> lists as
    /// the Coordinator's own.</summary>
    public const string MeterName = "MarbleRun.Coordinator";

    /// <summary>The <see cref="System.Diagnostics.ActivitySource"/> of activations.</summary>
    public const string ActivitySourceName = "MarbleRun.Coordinator";
}
