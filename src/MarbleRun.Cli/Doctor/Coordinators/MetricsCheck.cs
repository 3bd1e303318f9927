namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>A check of the metrics port that the user named; it does not apply without one.</summary>
internal abstract class MetricsCheck(string id, string title, string docs) : DoctorCheck(id, title, docs)
{
    public sealed override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken) =>
        examination.Options.Metrics is not null && Look(examination, await examination.MetricsAsync()) is { } finding ? [finding] : [];

    /// <returns>The finding; null if the metrics do not have what it needs.</returns>
    protected abstract Finding? Look(Examination examination, MetricsFacts metrics);
}
