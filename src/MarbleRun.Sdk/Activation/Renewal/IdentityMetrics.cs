using System.Diagnostics;
using System.Diagnostics.Metrics;
using MarbleRun.Identity;

namespace MarbleRun.Activation.Renewal;

/// <summary>The metrics of the identity of this process.</summary>
internal sealed class IdentityMetrics
{
    private readonly Counter<long> _renewals;
    private readonly Counter<long> _parameters;

    public IdentityMetrics(IMeterFactory meters, MarbleIdentityProvider provider, TimeProvider timeProvider)
    {
        Meter meter = meters.Create(MarbleTelemetry.MeterName);
        _renewals = meter.CreateCounter<long>(
            "marblerun.identity.renewals", "{attempt}", "Attempts to renew the certificate of this Marble.");
        _parameters = meter.CreateCounter<long>(
            "marblerun.identity.parameters", "{update}", "Parameters that renewals brought this Marble.");
        meter.CreateObservableGauge(
            "marblerun.identity.expiry",
            () => Measure(provider, timeProvider),
            "s",
            "The time until the certificate of this Marble ends; negative after its end.");
    }

    public void Count(string marbleType, string outcome) => _renewals.Add(1, new TagList
    {
        { MarbleTelemetry.MarbleType, marbleType },
        { "marblerun.outcome", outcome },
    });

    public void CountParameters(string marbleType, string outcome) => _parameters.Add(1, new TagList
    {
        { MarbleTelemetry.MarbleType, marbleType },
        { "marblerun.outcome", outcome },
    });

    private static IEnumerable<Measurement<double>> Measure(MarbleIdentityProvider provider, TimeProvider timeProvider) =>
        provider.TryGetCurrent(out MarbleIdentity? identity)
            ? [new Measurement<double>(
                (identity.NotAfter - timeProvider.GetUtcNow()).TotalSeconds,
                new TagList { { MarbleTelemetry.MarbleType, identity.MarbleType } })]
            : [];
}
