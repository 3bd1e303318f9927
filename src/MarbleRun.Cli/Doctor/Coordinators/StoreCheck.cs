using System.Globalization;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>How long the store takes to make a state durable, and whether it failed.</summary>
internal sealed class StoreCheck() : MetricsCheck(
    "coordinator.store", "latency and failures of the store (only with --metrics)", "docs/operations/observability.md#metrics")
{
    private const string Commits = "coordinator_state_commits_total";
    private const string Duration = "coordinator_state_commit_duration_seconds";
    private const string Success = "outcome=\"success\"";
    private const string Failure = "outcome=\"failure\"";
    private const double MostSeconds = 0.1;

    protected override Finding? Look(Examination examination, MetricsFacts metrics)
    {
        if (metrics.Sum(Commits, Failure) is > 0 and { } failures)
        {
            return Fail(
                string.Create(CultureInfo.InvariantCulture, $"{failures:0} commits failed since the start"),
                "no failure",
                "Look at the log of the Coordinator (StateCommitFailed), and at the space and the rights of its seal directory.");
        }

        if (metrics.Sum($"{Duration}_count", Success) is not (> 0 and { } count)
            || metrics.Sum($"{Duration}_sum", Success) is not { } sum)
        {
            return null;
        }

        double mean = sum / count;
        string found = string.Create(CultureInfo.InvariantCulture, $"{mean * 1000:0.0} ms on average of {count:0} commits, no failure");
        return mean <= MostSeconds
            ? Good(found)
            : Warn(
                found,
                $"{MostSeconds * 1000:0} ms or less",
                "Measure the disk: marblerun doctor --folder in its seal directory. Use a faster volume.");
    }
}
