namespace MarbleRun.Activation.Renewal;

/// <summary>A renewal failed; the Marble keeps its certificate.</summary>
internal sealed class RenewalException(RenewalFailure failure, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public RenewalFailure Failure { get; } = failure;

    /// <summary>When the Coordinator wants the next attempt, counted from its answer; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether an activation failed, which the manifest may limit: the next attempt comes later than a renewal would.</summary>
    public bool IsActivation { get; init; }
}
