namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>Whether the Coordinator itself says that Marbles can activate.</summary>
internal sealed class ReadyCheck() : MetricsCheck(
    "coordinator.ready", "readiness (only with --metrics)", "docs/operations/observability.md#the-metrics-port")
{
    protected override Finding? Look(Examination examination, MetricsFacts metrics) => metrics switch
    {
        { Fault: { } fault } => Fail(
            $"{examination.Options.Metrics} does not answer: {fault}",
            "the metrics port",
            "Set Coordinator:MetricsAddress (--metrics-address), and run this command where the port can be reached."),
        { ReadyStatus: 200 } => Good("Marbles can activate"),
        _ => Fail(
            $"not ready ({metrics.ReadyStatus}): {metrics.ReadyText}",
            "200 at /health/ready",
            "The answer says what is missing: a manifest, a recovery, or a disk that can be written."),
    };
}
