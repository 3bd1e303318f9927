using System.Text.Json.Nodes;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Sdk.Tools;

/// <summary>
/// Writes the trust in the Coordinator of a Marble that is being developed: a Coordinator that was built on this machine, and a manifest that a build of this user
/// signed. It allows simulation, and so belongs into no build that ever meets a secret.
/// </summary>
internal static class TrustCommand
{
    // MarbleProductId of every Coordinator of MarbleRun.
    private const int CoordinatorProduct = 3;

    public static int Run(Arguments arguments)
    {
        string output = Path.GetFullPath(arguments.Get("--output"));
        SimulationPlatform platform = SimulationPlatform.Open();
        using var owner = DevelopmentOwner.Open(platform);
        var document = new JsonObject
        {
            ["Packages"] = new JsonObject
            {
                ["coordinator"] = new JsonObject { ["SignerID"] = platform.SignerId, ["ProductID"] = CoordinatorProduct, ["SecurityVersion"] = 1 },
            },
            ["OwnerKeys"] = new JsonArray(owner.PublicKey.ToPem()),
            ["AllowSimulation"] = true,
        };
        string text = document.ToJsonString() + "\n";
        if (!File.Exists(output) || File.ReadAllText(output) != text)
        {
            File.WriteAllText(output, text);
        }

        return 0;
    }
}
