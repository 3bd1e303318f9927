using System.Text.Json;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>A manifest with all that a recovery must bring back: Marbles, a budget, secrets, an administrator, counters.</summary>
internal static class GovernedManifest
{
    public static byte[] Create(
        CoordinatorHost host, UserClient admin, int threshold, IEnumerable<TestParty> parties, string sealMode = "") =>
        Create(host.Platform, admin, threshold, parties, sealMode);

    /// <param name="platform">Measures this process, which may activate.</param>
    /// <param name="admin">May do everything.</param>
    /// <param name="threshold">How many parties are needed; 0 if all.</param>
    /// <param name="parties">Have recovery keys.</param>
    /// <param name="sealMode">How the state is sealed.</param>
    /// <param name="budget">Of the Marble <c>limited</c>; makes one manifest another one than the next.</param>
    public static byte[] Create(
        SimulationPlatform platform,
        UserClient admin,
        int threshold,
        IEnumerable<TestParty> parties,
        string sealMode = "",
        int budget = 2) =>
        JsonSerializer.SerializeToUtf8Bytes(new
        {
            Packages = new { app = new { UniqueID = $"{platform.MeasureRunningProcess().UniqueId}" } },
            Marbles = new
            {
                web = new { Package = "app", Parameters = new { Env = new { SHARED = "{{ hex .Secrets.shared }}" } } },
                limited = new { Package = "app", MaxActivations = budget },
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
                writer = new
                {
                    ResourceType = "Secrets",
                    ResourceNames = (string[])["uploaded"],
                    Actions = (string[])["WriteSecret", "ReadSecret"],
                },
            },
            RecoveryKeys = parties.ToDictionary(p => p.Name, p => p.Key.ExportSubjectPublicKeyInfoPem()),
            Config = new { RecoveryThreshold = threshold, SealMode = sealMode, FeatureGates = (string[])["MonotonicCounter"] },
        });
}
