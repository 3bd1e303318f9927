namespace MarbleRun.Coordinator.Recovery;

/// <summary>The progress of a recovery after a secret was accepted.</summary>
/// <param name="Party">The party whose secret was accepted.</param>
/// <param name="Remaining">The number of missing secrets; 0 if the state is recovered.</param>
internal sealed record RecoveryProgress(string Party, int Remaining)
{
    /// <summary>The message of MarbleRun 1.9.</summary>
    public string Message => Remaining == 0
        ? "Recovery successful."
        : $"Secret was processed successfully. Upload the next secret. Remaining secrets: {Remaining}";
}
