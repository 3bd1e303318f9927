using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>
/// The metrics that the rooms record. Names and meaning of the first two are those of MarbleRun 1.9. No method accepts text from an
/// unauthenticated caller: a label value is a Marble type of the manifest in force, a word from a fixed list, or
/// <see cref="MetricLabel.Unknown"/>.
/// </summary>
internal sealed class CoordinatorMetrics
{
    internal static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5] };

    private readonly Counter<long> _activations;
    private readonly Counter<long> _activationsSucceeded;
    private readonly Counter<long> _activationsRejected;
    private readonly Histogram<double> _activationDuration;
    private readonly Counter<long> _quoteVerdicts;
    private readonly Counter<long> _loginFailures;
    private readonly Counter<long> _recoveryAttempts;
    private readonly Counter<long> _stateCommits;
    private readonly Histogram<double> _stateCommitDuration;

    public CoordinatorMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(CoordinatorTelemetry.MeterName);
        _activations = meter.CreateCounter<long>(
            "coordinator_marble_activations_total", description: "Number of Marble activation attempts.");
        _activationsSucceeded = meter.CreateCounter<long>(
            "coordinator_marble_activations_success_total", description: "Number of successful Marble activations.");
        _activationsRejected = meter.CreateCounter<long>(
            "coordinator_marble_activations_rejected_total", description: "Number of failed Marble activations by reason.");
        _activationDuration = meter.CreateHistogram(
            "coordinator_marble_activation_duration_seconds", "s", "Time of a Marble activation.", tags: null, Seconds);
        _quoteVerdicts = meter.CreateCounter<long>(
            "coordinator_quote_verdicts_total", description: "Number of verified quotes of Marbles by verdict.");
        _loginFailures = meter.CreateCounter<long>(
            "coordinator_user_login_failures_total",
            description: "Number of requests that require a user but came from an unknown caller.");
        _recoveryAttempts = meter.CreateCounter<long>(
            "coordinator_recovery_attempts_total", description: "Number of recovery secrets that were sent, by outcome.");
        _stateCommits = meter.CreateCounter<long>(
            "coordinator_state_commits_total",
            description: "Number of attempts to seal the state or its counters and make them durable, by outcome.");
        _stateCommitDuration = meter.CreateHistogram(
            "coordinator_state_commit_duration_seconds",
            "s",
            "Time to seal the state or its counters and make them durable.",
            tags: null,
            Seconds);
    }

    /// <summary>An activation begins.</summary>
    /// <param name="marbleType">A type of the manifest in force, or <see cref="MetricLabel.Unknown"/>.</param>
    public void ActivationStarted(string marbleType) => _activations.Add(1, Type(marbleType));

    /// <summary>An activation succeeded.</summary>
    public void ActivationSucceeded(string marbleType, TimeSpan duration)
    {
        _activationsSucceeded.Add(1, Type(marbleType));
        _activationDuration.Record(duration.TotalSeconds, Outcome("success"));
    }

    /// <summary>An activation failed.</summary>
    public void ActivationRejected(string marbleType, RejectionReason reason, TimeSpan duration)
    {
        _activationsRejected.Add(1, Type(marbleType), Reason(reason.ToLabel()));
        _activationDuration.Record(duration.TotalSeconds, Outcome("rejected"));
    }

    /// <summary>A quote was verified.</summary>
    /// <param name="verdict">The name of a constant: the kind of verdict.</param>
    public void QuoteVerified(string verdict) => _quoteVerdicts.Add(1, new KeyValuePair<string, object?>("verdict", verdict));

    /// <summary>A request that requires a user came from an unknown caller.</summary>
    /// <param name="hasCertificate">Whether the caller showed a certificate.</param>
    public void UserLoginFailed(bool hasCertificate) =>
        _loginFailures.Add(1, Reason(hasCertificate ? "unknown_certificate" : "no_certificate"));

    /// <summary>A recovery secret was sent.</summary>
    public void RecoveryAttempted(RecoveryOutcome outcome) => _recoveryAttempts.Add(1, Outcome(outcome.ToLabel()));

    /// <summary>The single writer sealed the state or its counters and made them durable, or failed.</summary>
    /// <param name="succeeded">Whether it is known to be durable.</param>
    /// <param name="startTimestamp">From <see cref="Stopwatch.GetTimestamp"/>, before the state was serialised.</param>
    public void StateCommitted(bool succeeded, long startTimestamp)
    {
        string outcome = succeeded ? "success" : "failure";
        _stateCommits.Add(1, Outcome(outcome));
        _stateCommitDuration.Record(Stopwatch.GetElapsedTime(startTimestamp).TotalSeconds, Outcome(outcome));
    }

    private static KeyValuePair<string, object?> Type(string marbleType) => new("type", marbleType);

    private static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);

    private static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);
}
