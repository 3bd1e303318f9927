using System.Diagnostics.Metrics;
using MarbleRun.Identity;

namespace MarbleRun.Activation.Renewal;

/// <summary>The metrics of the trust of this process in its peers.</summary>
internal sealed class TrustMetrics
{
    private readonly Counter<long> _lists;

    public TrustMetrics(IMeterFactory meters, MarbleIdentityProvider provider, TimeProvider timeProvider)
    {
        Meter meter = meters.Create(MarbleTelemetry.MeterName);
        _lists = meter.CreateCounter<long>(
            "marblerun.trust.lists", "{list}", "Trust lists that the Coordinator sent, accepted and refused.");
        meter.CreateObservableGauge(
            "marblerun.trust.contact_age",
            () => MeasureContact(provider, timeProvider),
            "s",
            "The time since the last contact over which revocations come; 0 while there is contact.");
        meter.CreateObservableGauge(
            "marblerun.trust.revocations",
            () => MeasureRevocations(provider),
            "{revocation}",
            "The revocations of the current trust list.");
    }

    public void Count(bool accepted) =>
        _lists.Add(1, new KeyValuePair<string, object?>("marblerun.outcome", accepted ? "accepted" : "refused"));

    private static IEnumerable<Measurement<double>> MeasureContact(MarbleIdentityProvider provider, TimeProvider timeProvider) =>
        provider.TryGetCurrent(out MarbleIdentity? identity) && identity.Trust.Contact is { } contact
            ? [new Measurement<double>(contact.IsConnected ? 0 : (timeProvider.GetUtcNow() - contact.Last).TotalSeconds)]
            : [];

    private static IEnumerable<Measurement<int>> MeasureRevocations(MarbleIdentityProvider provider) =>
        provider.TryGetCurrent(out MarbleIdentity? identity) && identity.Trust.Current is { } trust
            ? [new Measurement<int>(trust.Revocations.Count)]
            : [];
}
