namespace MarbleRun.Coordinator.Limits;

/// <summary>Nothing was done, since too much of this kind is being done; the message goes to the caller.</summary>
/// <param name="isCallersShare">Whether it is the caller's own address that asked for too much.</param>
/// <param name="message">The sentence.</param>
internal sealed class BusyException(bool isCallersShare, string message) : Exception(message)
{
    public bool IsCallersShare => isCallersShare;

    /// <summary>When to try again.</summary>
    public static TimeSpan RetryAfter { get; } = TimeSpan.FromSeconds(2);
}
