using MarbleRun.Coordinator.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health of the Coordinator to the health checks of a host.</summary>
public static class CoordinatorHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check that is healthy when Marbles can activate; otherwise its description contains the reason. It needs
    /// <c>services.AddCoordinator()</c> and does not wait. It is a check of readiness, not of liveness: a Coordinator that waits for its
    /// manifest must not be restarted.
    /// </summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">The status to report when Marbles cannot activate; by default
    /// <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">The tags of the check.</param>
    public static IHealthChecksBuilder AddCoordinator(
        this IHealthChecksBuilder builder,
        string name = "coordinator",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<CoordinatorHealthCheck>(name, failureStatus, tags ?? []);
    }
}
