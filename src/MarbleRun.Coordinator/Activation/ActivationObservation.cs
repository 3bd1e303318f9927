using System.Diagnostics;
using System.Security.Cryptography;
using MarbleRun.Attestation;

namespace MarbleRun.Coordinator.Activation;

/// <summary>The metrics, trace and event of one activation. The initial result is a failure for an unknown reason.</summary>
internal sealed class ActivationObservation(
    string marbleType, Activity? activity, ActivationMetrics metrics, ActivationEventLog events, TimeProvider timeProvider) : IDisposable
{
    private readonly long _start = timeProvider.GetTimestamp();
    private ActivationEvent? _success;

    /// <summary>The reason of a failure.</summary>
    public RejectionReason Reason { get; set; }

    /// <summary>The Marble gets its parameters.</summary>
    public void Succeeded(Guid uuid, Quote quote) =>
        _success = new ActivationEvent(
            timeProvider.GetUtcNow(),
            marbleType,
            uuid,
            quote.IsEmpty ? null : Convert.ToHexStringLower(SHA256.HashData(quote.RawData.Span)));

    public void Dispose()
    {
        TimeSpan duration = timeProvider.GetElapsedTime(_start);
        if (_success is { } success)
        {
            metrics.Succeeded(marbleType, duration);
            events.Add(success);
            activity?.SetTag("marblerun.activation.outcome", "success");
            activity?.SetTag("marblerun.marble.uuid", success.Uuid.ToString());
        }
        else
        {
            metrics.Rejected(marbleType, Reason, duration);
            activity?.SetTag("marblerun.activation.outcome", "rejected");
            activity?.SetTag("marblerun.activation.reason", Reason.ToLabel());
            activity?.SetStatus(ActivityStatusCode.Error, Reason.ToLabel());
        }

        activity?.Dispose();
    }
}
