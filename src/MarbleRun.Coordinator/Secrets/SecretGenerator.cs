using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Makes the secrets that are kept: shared ones at random, user-defined ones from what the manifest carries. Private ones are derived when needed.</summary>
internal static class SecretGenerator
{
    public static ImmutableSortedDictionary<string, StoredSecret> Generate(Manifest manifest) =>
        manifest.Secrets
            .Where(s => s.Value.UserDefined || s.Value.Shared)
            .ToImmutableSortedDictionary(s => s.Key, s => Create(s.Value), StringComparer.Ordinal);

    private static StoredSecret Create(SecretDefinition definition)
    {
        if (definition.UserDefined)
        {
            return new StoredSecret(definition.Private, definition.Public);
        }

        byte[] key = RandomNumberGenerator.GetBytes(checked((int)(definition.Size / 8)));
        return new StoredSecret(key, key);
    }
}
