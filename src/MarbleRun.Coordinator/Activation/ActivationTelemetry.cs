using System.Diagnostics;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Observes activations: starts the metrics, the trace and the event of each.</summary>
internal sealed class ActivationTelemetry(ActivationMetrics metrics, ActivationEventLog events, TimeProvider timeProvider) : IDisposable
{
    /// <summary>One for each Coordinator, so that listeners can distinguish two in one process.</summary>
    public ActivitySource Source { get; } = new(CoordinatorTelemetry.ActivitySourceName, CoordinatorVersion.Version);

    /// <param name="marbleType">A type of the manifest in force, or null: the text of the request is not used.</param>
    public ActivationObservation Begin(string? marbleType)
    {
        string label = marbleType ?? MetricLabel.Unknown;
        metrics.Started(label);
        Activity? activity = Source.StartActivity("marble.activate");
        activity?.SetTag("marblerun.marble.type", label);
        return new ActivationObservation(label, activity, metrics, events, timeProvider);
    }

    /// <summary>Counts a verdict, and adds its checks to the trace of the activation that waits for it.</summary>
    public void Verified(Verdict verdict)
    {
        metrics.QuoteVerified(VerdictCodes.Of(verdict.Reason));
        if (Activity.Current is { } activity && ReferenceEquals(activity.Source, Source))
        {
            VerdictTrace.Add(activity, verdict, timeProvider.GetUtcNow());
        }
    }

    public void Dispose() => Source.Dispose();
}
