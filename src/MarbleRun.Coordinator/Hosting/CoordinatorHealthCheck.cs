using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MarbleRun.Coordinator.Hosting;

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
