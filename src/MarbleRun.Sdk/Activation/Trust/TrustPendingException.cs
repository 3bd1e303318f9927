namespace MarbleRun.Activation.Trust;

/// <summary>
/// It is not known yet whether the Coordinator is trusted; the cause may be temporary. <see cref="Exception.InnerException"/> is the
/// refusal for the case that it persists.
/// </summary>
internal sealed class TrustPendingException(MarbleActivationException refusal) : Exception(refusal.Message, refusal)
{
    public MarbleActivationException Refusal { get; } = refusal;
}
