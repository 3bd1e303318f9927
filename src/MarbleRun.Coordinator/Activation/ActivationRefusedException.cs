using Grpc.Core;
using MarbleRun.Attestation;

namespace MarbleRun.Coordinator.Activation;

/// <summary>
/// A refused activation; code and message go to the Marble, with the texts of MarbleRun 1.9.
/// <see cref="ActivationService.ActivateAsync"/> counts, logs and records it; <see cref="MarbleGrpcService"/> answers.
/// </summary>
internal sealed class ActivationRefusedException(StatusCode statusCode, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public StatusCode StatusCode => statusCode;

    /// <summary>The reason for metrics and traces, where the message has too many values.</summary>
    public RejectionReason Reason { get; init; }

    /// <summary>The verdict that was the reason, for users who may read it; null if no evidence was refused.</summary>
    public Verdict? Verdict { get; init; }
}
