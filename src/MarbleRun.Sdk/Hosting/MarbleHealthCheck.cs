using System.Globalization;
using MarbleRun.Activation.Renewal;
using MarbleRun.Identity;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MarbleRun.Hosting;

/// <summary>
/// Checks the health of the Marble itself: whether it has an identity, whether its certificate is valid, and whether it could restart. An
/// unreachable Coordinator only degrades the health, because an activated Marble continues without it.
/// </summary>
internal sealed class MarbleHealthCheck(
    MarbleIdentityProvider provider, RenewalStatus renewals, CoordinatorReach reach, TimeProvider timeProvider) : IHealthCheck
{
    /// <summary>The fraction of the certificate's lifetime that must remain; below it, the renewal is late.</summary>
    private const double LastPart = 1.0 / 3;

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
                    $"The certificate of this Marble is valid from {identity.NotBefore:u} to {identity.NotAfter:u}, and the clock of this "
                    + $"machine says {now:u}: peers refuse it. {DescribeRenewal()}Set the clock, or restart this Marble to get a new one."),
                data: data);
        }

        if (identity.NotAfter - now < (identity.NotAfter - identity.Since) * LastPart)
        {
            return HealthCheckResult.Degraded(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The certificate of this Marble ends at {identity.NotAfter:u}, and its renewal is late. {DescribeRenewal()}"
                    + $"Restart this Marble to get a new one."),
                data: data);
        }

        if (identity.Trust.Contact is { IsConnected: false } contact)
        {
            data["revocationsKnownUntil"] = contact.Last.ToString("u", CultureInfo.InvariantCulture);
            return contact.FindFault(now) is { } refusal
                ? new HealthCheckResult(failure, $"This Marble accepts no peer: {refusal}.", data: data)
                : HealthCheckResult.Degraded(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The Coordinator sends no revocations since {contact.Last:u}. This Marble continues to run. "
                        + $"{DescribeEnd(contact)}"),
                    data: data);
        }

        if (renewals.ParametersFault is var (time, reason))
        {
            return HealthCheckResult.Degraded(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The parameters of this Marble were not replaced at {time:u}, and it runs with those of before. {reason} The next "
                    + $"renewal tries again; a restart needs them."),
                data: data);
        }

        return await reach.FindFaultAsync(cancellationToken).ConfigureAwait(false) is { } fault
            ? HealthCheckResult.Degraded(fault, data: data)
            : HealthCheckResult.Healthy($"This is {identity}.", data);
    }

    private static string DescribeEnd(TrustContact contact) => contact.RefusesFrom is { } end
        ? string.Create(CultureInfo.InvariantCulture, $"From {end:u} on it accepts no peer (MarbleOptions.RevocationPolicy).")
        : "It accepts peers without knowing whether they are revoked (MarbleOptions.RevocationPolicy).";

    private string DescribeRenewal() =>
        !renewals.IsRunning ? "This process does not renew it. "
        : renewals.Fault is var (time, reason)
            ? string.Create(CultureInfo.InvariantCulture, $"The last attempt to renew it failed at {time:u}: {reason} ")
        : "No attempt to renew it has failed; it is tried soon. ";
}
