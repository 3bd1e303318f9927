using System.Globalization;
using MarbleRun.Identity;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MarbleRun.Hosting;

/// <summary>
/// The health of the Marble itself: has it an identity, does its certificate hold, could it start again. A Coordinator that cannot be reached degrades alone: what
/// is activated goes on without it.
/// </summary>
internal sealed class MarbleHealthCheck(MarbleIdentityProvider provider, CoordinatorReach reach, TimeProvider timeProvider) : IHealthCheck
{
    /// <summary>The part of a certificate's time that must be left; below it, nothing renewed it in time.</summary>
    private const double LastPart = 0.1;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        HealthStatus failure = context.Registration?.FailureStatus ?? HealthStatus.Unhealthy;
        if (!provider.TryGetCurrent(out MarbleIdentity? identity))
        {
            return new HealthCheckResult(failure, "This process is not activated yet: it waits for the Coordinator.");
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        var data = new Dictionary<string, object>
        {
            ["marbleType"] = identity.MarbleType,
            ["uuid"] = MarbleUuid.ToCanonical(identity.Id),
            ["notAfter"] = identity.NotAfter.ToString("u", CultureInfo.InvariantCulture),
        };
        if (now < identity.NotBefore || now > identity.NotAfter)
        {
            return new HealthCheckResult(
                failure,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The certificate of this Marble is valid from {identity.NotBefore:u} to {identity.NotAfter:u}, and the clock of this machine says {now:u}: "
                    + $"peers refuse it. Set the clock, or restart this Marble to get a new one."),
                data: data);
        }

        if (identity.NotAfter - now < (identity.NotAfter - identity.NotBefore) * LastPart)
        {
            return HealthCheckResult.Degraded(
                string.Create(CultureInfo.InvariantCulture, $"The certificate of this Marble ends at {identity.NotAfter:u}. Restart it to get a new one."), data: data);
        }

        return await reach.FindFaultAsync(cancellationToken).ConfigureAwait(false) is { } fault
            ? HealthCheckResult.Degraded(fault, data: data)
            : HealthCheckResult.Healthy($"This is {identity}.", data);
    }
}
