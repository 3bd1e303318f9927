using System.Collections.Immutable;
using MarbleRun.Manifests;

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

    /// <summary>Reads <c>RecoveryKeys</c> and <c>Config.RecoveryThreshold</c> of a valid manifest.</summary>
    /// <exception cref="RecoveryException">A key cannot be used, there are too many, or they do not meet the threshold.</exception>
    public static RecoveryKeySet From(Manifest manifest)
    {
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

        return new RecoveryKeySet(
            [.. manifest.RecoveryKeys.Select(k => KeyValuePair.Create(k.Key, Read(k.Key, k.Value)))],
            threshold == 0 ? count : (int)threshold);
    }

    private static RecoveryPublicKey Read(string name, string pem)
    {
        try
        {
            return RecoveryPublicKey.FromPem(pem);
        }
        catch (RecoveryException exception)
        {
            throw new RecoveryException(exception.Failure, $"parsing recovery public key \"{name}\": {exception.Message}", exception);
        }
    }
}
