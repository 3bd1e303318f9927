using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Refuses a manifest that asks for what this Coordinator does not do yet. Taking it in silence would be worse: a role
/// without effect, a recovery key that recovers nothing, a connection without its policy.
/// </summary>
internal static class UnsupportedFeatures
{
    /// <summary>Marbles may share a long TLS tag; each gets all of it.</summary>
    private const long MaxConnections = 100_000;

    /// <exception cref="ManifestRefusedException">The manifest asks for such a feature; the message names it.</exception>
    public static void Demand(Manifest manifest)
    {
        Demand(manifest.RecoveryKeys.IsEmpty, "RecoveryKeys");
        Demand(manifest.Config.FeatureGates.IsEmpty, "Config.FeatureGates");
        Demand(manifest.Config.SealMode is "" or "ProductKey", $"Config.SealMode \"{manifest.Config.SealMode}\"");
        Demand(manifest.Config is { UpdateThreshold: 0, RecoveryThreshold: 0 }, "Config.UpdateThreshold and Config.RecoveryThreshold");
        foreach ((string name, RoleDefinition role) in manifest.Roles)
        {
            Demand(role.ResourceType == ResourceTypes.Secrets, $"Roles.{name} with ResourceType {role.ResourceType}");
        }

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
