namespace MarbleRun.Activation;

/// <summary>
/// Whether the Coordinator can be trusted is not known yet, for a cause that may pass; <see cref="Exception.InnerException"/> is the refusal if it does not.
/// </summary>
internal sealed class TrustPendingException(MarbleActivationException refusal) : Exception(refusal.Message, refusal)
{
    public MarbleActivationException Refusal { get; } = refusal;
}
