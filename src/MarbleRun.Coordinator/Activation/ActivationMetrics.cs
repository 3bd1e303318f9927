using System.Diagnostics.Metrics;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Activation;

/// <summary>
/// The metrics of activations. Names and meaning of the first two are those of MarbleRun 1.9. No method accepts text from an
/// unauthenticated caller: a label value is a Marble type of the manifest in force, a word from a fixed list, or
/// <see cref="MetricLabel.Unknown"/>.
/// </summary>
internal sealed class ActivationMetrics
{
    private readonly Counter<long> _activations;
    private readonly Counter<long> _succeeded;
    private readonly Counter<long> _rejected;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _quoteVerdicts;

    public ActivationMetrics(IMeterFactory meters)
    {
        Meter meter = meters.CreateCoordinatorMeter();
        _activations = meter.CreateCounter<long>(
            "coordinator_marble_activations_total", description: "Number of Marble activation attempts.");
        _succeeded = meter.CreateCounter<long>(
            "coordinator_marble_activations_success_total", description: "Number of successful Marble activations.");
        _rejected = meter.CreateCounter<long>(
            "coordinator_marble_activations_rejected_total", description: "Number of failed Marble activations by reason.");
        _duration = meter.CreateDuration("coordinator_marble_activation_duration_seconds", "Time of a Marble activation.");
        _quoteVerdicts = meter.CreateCounter<long>(
            "coordinator_quote_verdicts_total", description: "Number of verified quotes of Marbles by verdict.");
    }

    /// <summary>An activation begins.</summary>
    /// <param name="marbleType">A type of the manifest in force, or <see cref="MetricLabel.Unknown"/>.</param>
    public void Started(string marbleType) => _activations.Add(1, Type(marbleType));

    /// <summary>An activation succeeded.</summary>
    public void Succeeded(string marbleType, TimeSpan duration)
    {
        _succeeded.Add(1, Type(marbleType));
        _duration.Record(duration.TotalSeconds, MetricLabel.Outcome("success"));
    }

    /// <summary>An activation failed.</summary>
    public void Rejected(string marbleType, RejectionReason reason, TimeSpan duration)
    {
        _rejected.Add(1, Type(marbleType), MetricLabel.Reason(reason.ToLabel()));
        _duration.Record(duration.TotalSeconds, MetricLabel.Outcome("rejected"));
    }

    /// <summary>A quote was verified.</summary>
    /// <param name="verdict">The name of a constant: the kind of verdict.</param>
    public void QuoteVerified(string verdict) => _quoteVerdicts.Add(1, new KeyValuePair<string, object?>("verdict", verdict));

    private static KeyValuePair<string, object?> Type(string marbleType) => new("type", marbleType);
}
