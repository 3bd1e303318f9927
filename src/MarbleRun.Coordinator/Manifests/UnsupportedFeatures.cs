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

    /// <summary>16 MiB for all generated secrets together: shared ones are kept in memory, and a template can reach them all at once.</summary>
    private const ulong MaxGeneratedBits = 16 * MaxSecretBits;

    /// <summary>Marbles may share a long TLS tag; each gets all of it.</summary>
    private const long MaxConnections = 100_000;

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

        ulong generated = manifest.Secrets.Values.Where(s => !s.UserDefined).Aggregate(0UL, (sum, secret) => sum + secret.Size);
        Demand(generated <= MaxGeneratedBits, $"Secrets: generated secrets of more than {MaxGeneratedBits} bits together");
        long connections = manifest.Marbles.Values.SelectMany(m => m.Tls).Sum(tag => (long)manifest.Tls[tag].Incoming.Length + manifest.Tls[tag].Outgoing.Length);
        Demand(connections <= MaxConnections, $"TLS: more than {MaxConnections} connections of all Marbles together");
    }

    private static void Demand(bool isAbsent, string feature)
    {
        if (!isAbsent)
        {
            throw new ManifestRefusedException($"checking manifest: {feature} is not supported by this version of the Coordinator; remove it from the manifest");
        }
    }
}
