using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.State;

/// <summary>Says which losses the sealed state survives on this platform with the manifest in force.</summary>
internal sealed partial class StateDurability(
    ISealingKeyProvider platform, CurrentState current, Replica replica, ILogger<StateDurability> logger)
{
    /// <summary>What is lost and what brings it back; null where the platform says nothing of its keys, as the simulation.</summary>
    public string? Describe() =>
        platform.Limits is { Length: > 0 } limits ? $"{limits} {DescribeRecovery(current.Value)}" : null;

    /// <summary>Logs it at the start, as a warning if nothing would bring the state back.</summary>
    public void Announce()
    {
        if (Describe() is not { } description)
        {
            return;
        }

        if (current.Value.Manifest is { } mesh && mesh.Manifest.RecoveryKeys.Count == 0)
        {
            Log.Lost(logger, description);
        }
        else
        {
            Log.Described(logger, description);
        }
    }

    /// <summary>What a manifest must know of this platform before it is in force.</summary>
    /// <param name="manifest">A manifest that is to be set.</param>
    /// <returns>The member of the manifest, and what follows from it here.</returns>
    public IEnumerable<(string Path, string Consequence)> FindConsequences(Manifest manifest)
    {
        if (platform.Limits.Length == 0 || manifest.Config.SealMode == SealModes.Disabled)
        {
            yield break;
        }

        if (manifest.RecoveryKeys.Count == 0)
        {
            yield return ("RecoveryKeys", $"There are no recovery keys, so nothing brings the state back after a loss. {platform.Limits}");
        }

        if (LacksProductKey(manifest))
        {
            yield return (
                "Config.SealMode",
                "This platform has no product key. The state is sealed with the unique key, and an updated Coordinator needs the recovery "
                + "parties.");
        }
    }

    /// <summary>Why the state of this manifest would be lost at each restart; null if it would not, or if the manifest says so.</summary>
    /// <param name="manifest">A manifest that is to be set.</param>
    public string? FindCertainLoss(Manifest manifest) =>
        replica.IsOneOfSeveral && manifest.Config.SealMode == SealModes.Disabled
            ? $"Config.SealMode is {SealModes.Disabled}, which keeps the state in the memory of one Coordinator, and this one shares its "
            + $"store with others. Set it to {SealModes.ProductKey} or {SealModes.UniqueKey}"
        : platform.Policies.Count > 0 || manifest.RecoveryKeys.Count > 0 || manifest.Config.SealMode == SealModes.Disabled
            ? null
            : $"{platform.Limits} Add RecoveryKeys; or set Config.SealMode to {SealModes.Disabled}, which states that each restart loses "
                + "the state";

    private static string DescribeRecovery(CoordinatorState state)
    {
        if (state.InRecovery)
        {
            return "The sealed state waits for its recovery parties now.";
        }

        if (state.Manifest is null)
        {
            return "No manifest is set yet, and so no recovery: after such a loss, a new mesh begins.";
        }

        if (state.SealMode == SealModes.Disabled)
        {
            return "The manifest keeps the state in memory only (Config.SealMode): every restart loses it.";
        }

        int parties = state.Manifest.Manifest.RecoveryKeys.Count;
        if (parties == 0)
        {
            return "The manifest has no recovery keys: after such a loss, nothing brings the state back.";
        }

        ulong threshold = state.Manifest.Manifest.Config.RecoveryThreshold;
        return $"Then {(threshold == 0 ? (ulong)parties : threshold)} of {parties} recovery parties bring it back from a copy of the seal "
            + "directory, on any machine.";
    }

    private bool LacksProductKey(Manifest manifest) =>
        platform.Policies.Count > 0
        && !platform.Policies.Contains(SealingPolicy.ProductKey)
        && manifest.Config.SealMode != SealModes.UniqueKey;

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StateProtectionDescribed,
            LogLevel.Information,
            "What the sealed state survives: {Description}",
            EventName = "StateProtectionDescribed")]
        public static partial void Described(ILogger logger, string description);

        [LoggerMessage(
            EventIds.StateUnrecoverable,
            LogLevel.Warning,
            "THE STATE CANNOT BE RECOVERED: {Description}",
            EventName = "StateUnrecoverable")]
        public static partial void Lost(ILogger logger, string description);
    }
}
