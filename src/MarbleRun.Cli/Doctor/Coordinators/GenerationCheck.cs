using System.Globalization;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>The generation of the state, to compare with what the operator remembers: a lower one is a rollback.</summary>
internal sealed class GenerationCheck() : MetricsCheck(
    "coordinator.generation", "generation of the state (only with --metrics)", "docs/sealed-state.md#rollback")
{
    protected override Finding? Look(Examination examination, MetricsFacts metrics) =>
        metrics.Sum("coordinator_state_generation") is { } generation
            ? Good(string.Create(CultureInfo.InvariantCulture, $"generation {generation:0}")
                + (metrics.Label("coordinator_version_info", "version") is { } version ? $", version {version}" : string.Empty))
            : null;
}
