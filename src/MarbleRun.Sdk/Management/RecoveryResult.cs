namespace MarbleRun.Management;

/// <summary>The state of a recovery after a secret was accepted.</summary>
/// <param name="Remaining">How many secrets are still needed, as the Coordinator counts; 0 once the state is recovered.</param>
/// <param name="Message">The Coordinator's message.</param>
public sealed record RecoveryResult(int Remaining, string Message)
{
    /// <summary>Gets a value indicating whether the state is recovered.</summary>
    public bool IsComplete => Remaining == 0;
}
