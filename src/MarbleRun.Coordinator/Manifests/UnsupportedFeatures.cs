using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Refuses a manifest that asks for what this Coordinator does not do yet. Taking it in silence would be worse: a user without
/// rights, a recovery key that recovers nothing, a connection without its policy.
/// </summary>
internal static class UnsupportedFeatures
{
    /// <summary>A key of a mebibyte; whoever sets a manifest must not make the Coordinator allocate what it likes.</summary>
    private const ulong MaxSecretBits = 8 * 1024 * 1024;

    /// <summary>16 MiB for all generated secrets together; they are kept in memory, and every commit seals them.</summary>
    private const ulong MaxSharedBits = 16 * MaxSecretBits;

    /// <exception cref="ManifestRefusedException">The manifest asks for such a feature; the message names it.</exception>
    public static void Demand(Manifest manifest)
    {
        Demand(manifest.Users.IsEmpty, "Users");
        Demand(manifest.Roles.IsEmpty, "Roles");
        Demand(manifest.RecoveryKeys.IsEmpty, "RecoveryKeys");
        Demand(manifest.Config.FeatureGates.IsEmpty, "Config.FeatureGates");
        Demand(manifest.Config.SealMode is "" or "ProductKey", $"Config.SealMode \"{manifest.Config.SealMode}\"");
        Demand(manifest.Config is { UpdateThreshold: 0, RecoveryThreshold: 0 }, "Config.UpdateThreshold and Config.RecoveryThreshold");
        foreach ((string name, SecretDefinition secret) in manifest.Secrets)
        {
            Demand(secret.Type == SecretTypes.SymmetricKey, $"Secrets.{name} of type {secret.Type}");
            Demand(secret.Size <= MaxSecretBits, $"Secrets.{name} of more than {MaxSecretBits} bits");
        }

        ulong shared = manifest.Secrets.Values.Where(s => s.Shared && !s.UserDefined).Aggregate(0UL, (sum, secret) => sum + secret.Size);
        Demand(shared <= MaxSharedBits, $"Secrets: shared secrets of more than {MaxSharedBits} bits together");
    }

    private static void Demand(bool isAbsent, string feature)
    {
        if (!isAbsent)
        {
            throw new ManifestRefusedException($"checking manifest: {feature} is not supported by this version of the Coordinator; remove it from the manifest");
        }
    }
}
