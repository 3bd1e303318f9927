using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.State;

/// <summary>The state's own key, and who can give it back when the platform cannot.</summary>
/// <param name="Key">
/// Seals the state. It changes with the recovery data, so that shares that were given out before open nothing new.
/// </param>
/// <param name="RecoveryData">Stands beside the sealed state; empty while there is no manifest.</param>
internal sealed record StateProtection(SealingKey Key, ReadOnlyMemory<byte> RecoveryData)
{
    /// <summary>
    /// Whether the key is to be sealed under new keys of the deployment: those of before are known to code that must not open what is
    /// sealed from now on. It counts for the commit that brings the key.
    /// </summary>
    public bool RenewsDeploymentKeys { get; init; }

    /// <summary>A new key, which only the platform can restore.</summary>
    public static StateProtection Create() => new(SealingKey.CreateRandom(), default);

    public override string ToString() => "state protection";
}
