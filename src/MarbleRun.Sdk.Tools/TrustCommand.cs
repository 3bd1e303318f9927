using System.Text.Json.Nodes;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Sdk.Tools;

/// <summary>
/// Writes the trust in the Coordinator for a Marble in development: a Coordinator that was built on this machine, and a manifest that a
/// build of this user signed. It allows simulation, so a build that handles secrets must not contain it.
/// </summary>
internal static class TrustCommand
{
    // The MarbleProductId of every MarbleRun Coordinator.
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
                ["coordinator"] = new JsonObject
                {
                    ["SignerID"] = platform.SignerId,
                    ["ProductID"] = CoordinatorProduct,
                    ["SecurityVersion"] = 1,
                },
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
