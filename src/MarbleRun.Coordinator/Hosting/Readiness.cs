using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Management;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Whether Marbles can activate.</summary>
internal sealed class Readiness(CurrentState current, IEnumerable<IActivationObstacle> obstacles, IHostApplicationLifetime lifetime)
{
    /// <summary>The result, and a message with the reason.</summary>
    public (bool IsReady, string Sentence) Ask() => lifetime.ApplicationStopping.IsCancellationRequested
        ? (false, "The Coordinator is stopping. Marbles can activate at another one.")
        : AskState();

    private (bool IsReady, string Sentence) AskState() => current.Value.Phase switch
    {
        CoordinatorPhase.AcceptingMarbles => AskObstacles(),
        CoordinatorPhase.AcceptingManifest => (false, "No manifest is set. Marbles can activate after a manifest is set."),
        _ => (false, "The sealed state is not open. Marbles can activate after it is recovered."),
    };

    /// <summary>All obstacles are read, because reading starts new attempts.</summary>
    private (bool IsReady, string Sentence) AskObstacles()
    {
        string[] faults = [.. obstacles.Select(o => o.Find()).OfType<string>()];
        return faults.Length == 0 ? (true, "Marbles can activate.") : (false, $"Marbles cannot activate: {string.Join("; ", faults)}.");
    }
}

/// <summary>Readiness as a health check of ASP.NET Core.</summary>
internal sealed class CoordinatorHealthCheck(Readiness readiness) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        (bool isReady, string sentence) = readiness.Ask();
        return Task.FromResult(
            isReady ? HealthCheckResult.Healthy(sentence) : new HealthCheckResult(context.Registration.FailureStatus, sentence));
    }
}
