using System.Collections.Immutable;
using MarbleRun.Manifests.Json;
using MarbleRun.Manifests.Plans;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Limits the work and memory that generated secrets cost a Coordinator. Secrets that are declared and not used cost nothing.
/// </summary>
internal sealed partial class ManifestChecks
{
    private const ulong LongestSymmetricKey = StandInSecrets.LongestSymmetricKey;

    /// <summary>16 MiB for all symmetric keys in use together.</summary>
    private const ulong MaxUsedBits = 16 * LongestSymmetricKey;

    /// <summary>64 keys of 4,096 bits: half a minute's work.</summary>
    private const ulong MaxSharedRsaBits = 64 * 4096;

    /// <summary>8 keys of 4,096 bits: each activation generates them again.</summary>
    private const ulong MaxPrivateRsaBits = 8 * 4096;

    private void CheckSecretLimits(IEnumerable<KeyValuePair<string, MarblePlan>> plans)
    {
        foreach ((string name, _) in InOrder(_manifest.Secrets, "Secrets").Where(
            s => IsGenerated(s.Value, SecretTypes.SymmetricKey) && s.Value.Size > LongestSymmetricKey))
        {
            TooMuch(
                JsonPath.Of("Secrets", name),
                $"secret {name} has more than {LongestSymmetricKey} bits",
                "Size is in bits; 128 or 256 are enough for a key.");
        }

        IReadOnlyCollection<ImmutableSortedSet<string>> sets = MarblePlan.SecretSetsOf(plans.Select(plan => plan.Value));
        IEnumerable<string> readable = _manifest.Roles.Values
            .Where(role => role.ResourceType == ResourceTypes.Secrets)
            .SelectMany(role => role.ResourceNames);
        HashSet<string> used = sets.SelectMany(set => set).Concat(readable).ToHashSet(StringComparer.Ordinal);
        if (BitsOf(used, secret => secret.Type == SecretTypes.SymmetricKey) > MaxUsedBits)
        {
            TooMuch(
                JsonPath.Of("Secrets"),
                $"the keys that are used have more than {MaxUsedBits} bits together",
                "Size is in bits; 128 or 256 are enough for a key.");
        }

        if (BitsOf(used, secret => secret is { Type: SecretTypes.CertRsa, Shared: true }) > MaxSharedRsaBits)
        {
            TooMuch(
                JsonPath.Of("Secrets"),
                $"shared RSA keys that are used have more than {MaxSharedRsaBits} bits together",
                "Use cert-ecdsa, or fewer secrets.");
        }

        if (sets.Any(set => BitsOf(set, secret => secret is { Type: SecretTypes.CertRsa, Shared: false }) > MaxPrivateRsaBits))
        {
            TooMuch(
                JsonPath.Of("Secrets"),
                $"private RSA keys that one Marble uses have more than {MaxPrivateRsaBits} bits together",
                "Use cert-ecdsa, or fewer secrets.");
        }
    }

    private ulong BitsOf(IEnumerable<string> names, Func<SecretDefinition, bool> isMeant) =>
        names.Select(name => _manifest.Secrets.GetValueOrDefault(name))
            .Aggregate(
                0UL,
                (sum, secret) => sum + (secret is { UserDefined: false } && isMeant(secret) ? Math.Min(secret.Size, uint.MaxValue) : 0));

    private static bool IsGenerated(SecretDefinition secret, string type) => !secret.UserDefined && secret.Type == type;

    /// <summary>A Coordinator checks these limits before it generates any secret.</summary>
    private void TooMuch(string path, string message, string suggestion) => Error(path, message, suggestion, ManifestStage.SharedSecrets);
}
