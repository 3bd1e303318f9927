using Grpc.Core;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Activation;

/// <summary>An activation that is refused; code and message go to the Marble as MarbleRun 1.9 words them.</summary>
internal sealed class ActivationRefusedException(StatusCode statusCode, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public StatusCode StatusCode => statusCode;

    /// <summary>What metrics and traces say, where the message would be too much.</summary>
    public RejectionReason Reason { get; init; }
}
