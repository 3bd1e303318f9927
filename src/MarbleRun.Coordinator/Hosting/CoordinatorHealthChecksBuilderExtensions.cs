using MarbleRun.Coordinator.Monitoring;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Tells the health checks of a host how its Coordinator is.</summary>
public static class CoordinatorHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check that is healthy when Marbles can activate; otherwise its description says what is missing. It needs <c>services.AddCoordinator()</c> and waits
    /// for nothing. It is a check of readiness, not of liveness: a Coordinator that waits for its manifest must not be restarted.
    /// </summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What to report when Marbles cannot activate; without it, <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">To select it by.</param>
    public static IHealthChecksBuilder AddCoordinator(
        this IHealthChecksBuilder builder, string name = "coordinator", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<CoordinatorHealthCheck>(name, failureStatus, tags ?? []);
    }
}
