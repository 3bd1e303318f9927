using MarbleRun.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health check of the Marble to its host.</summary>
public static class MarbleHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the Marble itself. It fails without an identity and when the certificate is not valid now; it is <see
    /// cref="HealthStatus.Degraded"/> in the last tenth of the certificate's lifetime, and while the Coordinator's mesh port does not
    /// accept connections (checked at most twice a minute). Its data are <c>marbleType</c>, <c>uuid</c> and <c>notAfter</c>. Probes without
    /// a Marble certificate use <c>MarbleOptions.HealthAddress</c>.
    /// </summary>
    /// <param name="builder">The result of <c>services.AddHealthChecks()</c>.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">The status to report when the check fails; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags to filter by.</param>
    /// <returns>The same builder. The check throws <see cref="InvalidOperationException"/> if <c>AddMarble()</c> was not called.</returns>
    public static IHealthChecksBuilder AddMarble(
        this IHealthChecksBuilder builder, string name = "marble", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name,
            services =>
            {
                MarbleServices.ThrowIfMissing(services, nameof(AddMarble));
                return services.GetRequiredService<MarbleHealthCheck>();
            },
            failureStatus,
            tags));
    }
}
