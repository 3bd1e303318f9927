using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests;

namespace MarbleRun.Sdk.Tools;

/// <summary>Makes a manifest from a template of one and from apps that were built, and checks it as a Coordinator would.</summary>
internal static class ManifestCommand
{
    // The measurement of the code does not depend on who signs, and a build makes no keys.
    private const string NoSigner = "none";

    public static int Run(Arguments arguments)
    {
        string template = Path.GetFullPath(arguments.Get("--template"));
        string output = Path.GetFullPath(arguments.Get("--output"));
        byte[] manifest = File.ReadAllBytes(template);
        try
        {
            foreach ((string name, string app) in arguments.All("--package").Zip(arguments.All("--app")))
            {
                manifest = PackageInsertion.Insert(manifest, name, AppMeasurement.OfApplication(app, NoSigner).UniqueId, template);
            }
        }
        catch (JsonException)
        {
            // The manifest's own reader tells it better, below.
        }

        if (!Check(manifest, template))
        {
            return 1;
        }

        if (!File.Exists(output) || !File.ReadAllBytes(output).AsSpan().SequenceEqual(manifest))
        {
            File.WriteAllBytes(output, manifest);
        }

        BuildLog.Note($"  The manifest with the fingerprint {Manifest.ComputeFingerprint(manifest)} -> {output}");
        return 0;
    }

    /// <summary>Tells every problem at its place in the template, in which every line is the line of the manifest.</summary>
    private static bool Check(byte[] manifest, string template)
    {
        ImmutableArray<ManifestProblem> problems = Manifest.TryParse(manifest, out Manifest? parsed, out ImmutableArray<ManifestProblem> errors)
            ? parsed.Validate()
            : errors;
        foreach (ManifestProblem problem in problems)
        {
            string text = $"{problem.Path}: {problem.Message.TrimEnd()}{(problem.Suggestion is null ? string.Empty : $". {problem.Suggestion}")}";
            if (problem.Severity == ManifestSeverity.Error)
            {
                BuildLog.Error(template, problem.Line, problem.Column, text);
            }
            else
            {
                BuildLog.Warning(template, problem.Line, problem.Column, text);
            }
        }

        return problems.All(p => p.Severity != ManifestSeverity.Error);
    }
}
