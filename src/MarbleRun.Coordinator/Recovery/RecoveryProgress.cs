namespace MarbleRun.Coordinator.Recovery;

/// <summary>How far a recovery is after a secret was taken.</summary>
/// <param name="Party">Whose secret was taken.</param>
/// <param name="Remaining">How many more are needed; 0 if the state is recovered.</param>
internal sealed record RecoveryProgress(string Party, int Remaining)
{
    /// <summary>The sentence of MarbleRun 1.9.</summary>
    public string Message => Remaining == 0
        ? "Recovery successful."
        : $"Secret was processed successfully. Upload the next secret. Remaining secrets: {Remaining}";
}
