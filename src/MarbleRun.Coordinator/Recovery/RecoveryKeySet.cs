using System.Collections.Immutable;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The parties of a manifest, and the required number.</summary>
internal sealed class RecoveryKeySet
{
    private RecoveryKeySet(ImmutableArray<KeyValuePair<string, RecoveryPublicKey>> keys, int threshold)
    {
        Keys = keys;
        Threshold = threshold;
    }

    /// <summary>The keys by the party's name, in the order of the names.</summary>
    public ImmutableArray<KeyValuePair<string, RecoveryPublicKey>> Keys { get; }

    /// <summary>The number of required parties; all of them unless the manifest has a threshold.</summary>
    public int Threshold { get; }

    /// <summary>Takes the recovery keys that the check of a manifest read, and its <c>Config.RecoveryThreshold</c>.</summary>
    /// <exception cref="RecoveryException">A key cannot be used, there are too many, or they do not meet the threshold.</exception>
    public static RecoveryKeySet From(ManifestReport report)
    {
        Manifest manifest = report.Manifest!;
        int count = manifest.RecoveryKeys.Count;
        if (count > ShamirSecretSharing.MaxShares)
        {
            throw new RecoveryException(
                RecoveryFailure.UnusableKey, $"too many recovery keys: {count}; at most {ShamirSecretSharing.MaxShares} are possible");
        }

        ulong threshold = manifest.Config.RecoveryThreshold;
        if (threshold == 1 || threshold > (ulong)count)
        {
            throw new RecoveryException(
                RecoveryFailure.UnusableKey, $"a recovery threshold of {threshold} does not fit {count} recovery keys");
        }

        // Only in a state that this release would not have accepted: the check of a new manifest reports unusable keys.
        if (manifest.RecoveryKeys.Keys.FirstOrDefault(name => !report.RecoveryKeys.ContainsKey(name)) is { } unusable)
        {
            string fault = report.Errors.First(error => error.Stage == ManifestStage.RecoveryKeys).Message;
            throw new RecoveryException(RecoveryFailure.UnusableKey, $"parsing recovery public key \"{unusable}\": {fault}");
        }

        return new RecoveryKeySet(
            [.. report.RecoveryKeys.Select(k => KeyValuePair.Create(k.Key, RecoveryPublicKey.Checked(k.Value)))],
            threshold == 0 ? count : (int)threshold);
    }
}
