using System.Text.Json;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Testing;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>A manifest with all that a recovery must bring back: Marbles, a budget, secrets, an administrator, counters.</summary>
internal static class GovernedManifest
{
    public static byte[] Create(CoordinatorHost host, UserClient admin, int threshold, IEnumerable<TestParty> parties, string sealMode = "") =>
        JsonSerializer.SerializeToUtf8Bytes(new
        {
            Packages = new { app = new { UniqueID = $"{host.Platform.MeasureRunningProcess().UniqueId}" } },
            Marbles = new
            {
                web = new { Package = "app", Parameters = new { Env = new { SHARED = "{{ hex .Secrets.shared }}" } } },
                limited = new { Package = "app", MaxActivations = 2 },
                counted = new { Package = "app", MaxActivations = 1_000_000 },
            },
            Secrets = new
            {
                shared = new { Type = "symmetric-key", Size = 256, Shared = true },
                uploaded = new { Type = "plain", UserDefined = true },
            },
            Users = new { admin = new { Certificate = admin.Certificate.ExportCertificatePem(), Roles = (string[])["updater", "writer"] } },
            Roles = new
            {
                updater = new { ResourceType = "Manifest", Actions = (string[])["UpdateManifest"] },
                writer = new { ResourceType = "Secrets", ResourceNames = (string[])["uploaded"], Actions = (string[])["WriteSecret", "ReadSecret"] },
            },
            RecoveryKeys = parties.ToDictionary(p => p.Name, p => p.Key.ExportSubjectPublicKeyInfoPem()),
            Config = new { RecoveryThreshold = threshold, SealMode = sealMode, FeatureGates = (string[])["MonotonicCounter"] },
        });
}
