using MarbleRun.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the Marble to the health checks of its host.</summary>
public static class MarbleHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the Marble itself. It fails without an identity and when the certificate is not valid now; it is <see cref="HealthStatus.Degraded"/> in the
    /// last tenth of the certificate's time, and while the Coordinator's mesh port takes no connection (asked twice a minute at most). Its data are
    /// <c>marbleType</c>, <c>uuid</c> and <c>notAfter</c>. Probes that bring no Marble certificate ask at <c>MarbleOptions.HealthAddress</c>.
    /// </summary>
    /// <param name="builder">What <c>services.AddHealthChecks()</c> returned.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What is reported when it fails; null for <see cref="HealthStatus.Unhealthy"/>.</param>
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
