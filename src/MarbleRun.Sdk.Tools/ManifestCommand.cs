using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Sdk.Tools;

/// <summary>Creates a manifest from a template and from apps that were built, and checks it as a Coordinator would.</summary>
internal static class ManifestCommand
{
    private const string BySigner = "signer";
    private const string ByMeasurement = "measurement";

    // The measurement of the code does not depend on the signer, and a build that pins by it creates no keys.
    private const string NoSigner = "none";

    public static int Run(Arguments arguments)
    {
        string template = Path.GetFullPath(arguments.Get("--template"));
        string output = Path.GetFullPath(arguments.Get("--output"));
        string pin = arguments.Get("--pin");
        if (pin is not (BySigner or ByMeasurement))
        {
            throw new BuildException($"MarbleManifestPin is \"{pin}\". Set the MSBuild property to {BySigner} or {ByMeasurement}.");
        }

        byte[] manifest = File.ReadAllBytes(template);
        try
        {
            (string Name, string App)[] marbles = [.. arguments.All("--package").Zip(arguments.All("--app"))];
            ThrowIfPackageMissing(manifest, [.. marbles.Select(m => m.Name)], template);
            string signer = pin == BySigner ? SimulationPlatform.Open().SignerId : NoSigner;
            (string Name, AppMeasurement App)[] measured = [.. marbles.Select(m => (m.Name, AppMeasurement.OfApplication(m.App, signer)))];
            foreach ((string name, AppMeasurement app) in measured)
            {
                manifest = PackageInsertion.Insert(manifest, name, Members(app, pin), template);
            }

            if (pin == BySigner)
            {
                WarnOfEqualProducts(measured);
            }
        }
        catch (JsonException)
        {
            // The manifest's own reader, below, reports the error better.
        }

        if (!Check(manifest, template))
        {
            return 1;
        }

        if (!File.Exists(output) || !File.ReadAllBytes(output).AsSpan().SequenceEqual(manifest))
        {
            File.WriteAllBytes(output, manifest);
        }

        foreach (string signatures in arguments.All("--signatures"))
        {
            using var owner = DevelopmentOwner.Open(SimulationPlatform.Open());
            owner.Sign(manifest, Path.GetFullPath(signatures));
        }

        BuildLog.Note(
            $"  The manifest with the fingerprint {Manifest.ComputeFingerprint(manifest)}, its packages pinned by {pin} -> {output}");
        return 0;
    }

    private static KeyValuePair<string, JsonNode>[] Members(AppMeasurement app, string pin) => pin == BySigner
        ? [new("SignerID", app.SignerId), new("ProductID", app.ProductId), new("SecurityVersion", app.SecurityVersion)]
        : [new("UniqueID", app.UniqueId)];

    /// <summary>Reports all missing packages at once.</summary>
    private static void ThrowIfPackageMissing(byte[] manifest, string[] names, string template)
    {
        string[] missing = [.. names.Where(name => !PackageInsertion.Has(manifest, name))];
        if (missing.Length > 0)
        {
            string members = string.Join(", ", missing.Select(name => $"\"{name}\": {{}}"));
            throw new BuildException(
                $"The manifest has no package '{string.Join("', '", missing)}' that is an object. Add {members} to its Packages.",
                template);
        }
    }

    /// <summary>If they are pinned only by the signer, who is the same here, they could not be distinguished.</summary>
    private static void WarnOfEqualProducts((string Name, AppMeasurement App)[] marbles)
    {
        foreach (IGrouping<ushort, string> product in marbles.GroupBy(m => m.App.ProductId, m => m.Name).Where(p => p.Count() > 1))
        {
            BuildLog.Note(
                $"  {string.Join(", ", product)} have the same MarbleProductId, {product.Key}: pinned by their signer, each may activate "
                + "as the other. Set a different MarbleProductId in each project.");
        }
    }

    /// <summary>Reports every problem at its place in the template, whose lines are the lines of the manifest.</summary>
    private static bool Check(byte[] manifest, string template)
    {
        ManifestReport report = ManifestChecker.Check(manifest);
        foreach (ManifestProblem problem in report.Problems)
        {
            string text =
                $"{problem.Path}: {problem.Message.TrimEnd()}{(problem.Suggestion is null ? string.Empty : $". {problem.Suggestion}")}";
            if (problem.Severity == ManifestSeverity.Error)
            {
                BuildLog.Error(template, problem.Line, problem.Column, text);
            }
            else
            {
                BuildLog.Warning(template, problem.Line, problem.Column, text);
            }
        }

        return report.IsAccepted;
    }
}
