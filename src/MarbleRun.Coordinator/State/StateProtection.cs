using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.State;

/// <summary>The state's own key, and who can give it back when the platform cannot.</summary>
/// <param name="Key">
/// Seals the state. It changes with the recovery data, so that shares that were given out before open nothing new.
/// </param>
/// <param name="RecoveryData">Stands beside the sealed state; empty while there is no manifest.</param>
internal sealed record StateProtection(SealingKey Key, ReadOnlyMemory<byte> RecoveryData)
{
    /// <summary>A new key, which only the platform can restore.</summary>
    public static StateProtection Create() => new(SealingKey.CreateRandom(), default);

    public override string ToString() => "state protection";
}
