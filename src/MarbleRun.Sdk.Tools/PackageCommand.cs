using System.Globalization;
using System.Text.Json.Nodes;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Sdk.Tools;

/// <summary>
/// Writes <c>marblerun-package.json</c>: the two ways in which a manifest can identify the published app. <c>ByMeasurement</c> admits
/// exactly this build, <c>BySigner</c> every build of this product by this signer, starting with this security version.
/// </summary>
internal static class PackageCommand
{
    public static int Run(Arguments arguments)
    {
        string output = Path.GetFullPath(arguments.Get("--output"));
        AppMeasurement measured = SimulationPlatform.Open().MeasureApplication(arguments.Get("--app"));

        // A native executable has no metadata with these values: the build provides them.
        AppMeasurement app = measured with
        {
            ProductId = Number(arguments, "--product-id"),
            SecurityVersion = Number(arguments, "--security-version"),
        };
        var document = new JsonObject
        {
            ["Platform"] = "simulation",
            ["ByMeasurement"] = new JsonObject { ["UniqueID"] = app.UniqueId },
            ["BySigner"] = new JsonObject
            {
                ["SignerID"] = app.SignerId,
                ["ProductID"] = app.ProductId,
                ["SecurityVersion"] = app.SecurityVersion,
            },
        };
        File.WriteAllText(output, document.ToJsonString(new() { WriteIndented = true, NewLine = "\n" }) + "\n");
        BuildLog.Note($"  {Path.GetFileNameWithoutExtension(arguments.Get("--app"))} has the measurement {app.UniqueId} -> {output}");
        return 0;
    }

    private static ushort Number(Arguments arguments, string name)
    {
        string text = arguments.Get(name);
        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) ? number
            : throw new BuildException(
                $"{(name == "--product-id" ? "MarbleProductId" : "MarbleSecurityVersion")} is \"{text}\", which is not a number from 0 to "
                + $"65535. Set the MSBuild property.");
    }
}
