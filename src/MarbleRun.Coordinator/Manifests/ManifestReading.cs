using System.Collections.Immutable;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Reads and judges what was sent as a manifest or an update; all problems are logged, the first one is the answer.</summary>
internal sealed partial class ManifestReading(StateDurability durability, ILogger<ManifestReading> logger)
{
    private const string CutOff = "unexpected end of JSON input";

    /// <exception cref="ManifestRefusedException">It is not a manifest.</exception>
    public Manifest Read(ReadOnlyMemory<byte> raw, ManifestPurpose purpose) =>
        ManifestParser.TryParse(raw.Span, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems)
            ? manifest
            : throw Refuse(problems, purpose);

    /// <returns>The report of an accepted manifest.</returns>
    /// <exception cref="ManifestRefusedException">It is not consistent, or asks for what this Coordinator cannot do.</exception>
    public ManifestReport Check(Manifest manifest, ManifestPurpose purpose) =>
        Accept(ManifestChecker.Check(manifest, rendersTemplates: false), manifest, purpose);

    /// <summary>Checks the first manifest of an unknown sender.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="maxActionBytes">The bytes that the actions of its templates may have together.</param>
    /// <returns>The report of an accepted manifest.</returns>
    /// <exception cref="ManifestRefusedException">
    /// It is not consistent, asks for what this Coordinator cannot do, or its templates are too long.
    /// </exception>
    public ManifestReport CheckUnknown(Manifest manifest, long maxActionBytes)
    {
        try
        {
            return Accept(ManifestChecker.Check(manifest, maxActionBytes), manifest, ManifestPurpose.Set);
        }
        catch (TemplateException exception) when (exception.ExceedsLimit)
        {
            throw new ManifestRefusedException(
                PrefixOf(ManifestStage.Template, ManifestPurpose.Set) + exception.Message + Bootstrap.RemedyOfTemplates, exception);
        }
    }

    private ManifestReport Accept(ManifestReport report, Manifest manifest, ManifestPurpose purpose)
    {
        if (!report.IsAccepted)
        {
            throw Refuse(report.Problems, purpose);
        }

        ThrowIfUnsupported(manifest, purpose);
        foreach (ManifestProblem warning in report.Problems)
        {
            Log.ManifestWarning(logger, LogText.Clean(warning.Path), LogText.Clean(warning.Message));
        }

        foreach ((string path, string consequence) in durability.FindConsequences(manifest))
        {
            Log.ManifestWarning(logger, path, consequence);
        }

        return report;
    }

    private ManifestRefusedException Refuse(ImmutableArray<ManifestProblem> problems, ManifestPurpose purpose)
    {
        ManifestProblem first = problems.First(p => p.Severity == ManifestSeverity.Error);
        foreach (ManifestProblem problem in problems.Where(p => p.Severity == ManifestSeverity.Error))
        {
            Log.ManifestProblem(logger, LogText.Clean(problem.Path), LogText.Clean(problem.Message));
        }

        return new ManifestRefusedException(PrefixOf(first.Stage, purpose) + first.Message + RemedyOf(first));
    }

    /// <summary>
    /// Where a text cannot be read, place and remedy follow the words that clients of MarbleRun 1.9 know; a text that was cut off needs
    /// none.
    /// </summary>
    private static string RemedyOf(ManifestProblem problem) =>
        problem is { Stage: ManifestStage.Syntax, Suggestion: { } remedy, Line: { } line } && problem.Message != CutOff
            ? $" (line {line}, column {problem.Column}: {remedy})"
            : string.Empty;

    /// <summary>Taking in silence what cannot be done would be worse: state that is not protected as its manifest says.</summary>
    private void ThrowIfUnsupported(Manifest manifest, ManifestPurpose purpose)
    {
        string prefix = PrefixOf(ManifestStage.Consistency, purpose);
        if (manifest.Config.HasFeature(FeatureGates.AzureHsmSealing))
        {
            throw new ManifestRefusedException(
                $"{prefix}the feature {FeatureGates.AzureHsmSealing} is not supported by this Coordinator; remove it from "
                + $"Config.FeatureGates");
        }

        if (durability.FindCertainLoss(manifest) is { } loss)
        {
            throw new ManifestRefusedException(prefix + loss);
        }
    }

    /// <summary>What stands before a problem's text on the wire, by the step at which it shows.</summary>
    public static string PrefixOf(ManifestStage stage, ManifestPurpose purpose) => (stage, purpose) switch
    {
        (ManifestStage.Syntax, ManifestPurpose.Set) => "unmarshaling manifest: ",
        (ManifestStage.Syntax, _) => "unmarshaling update manifest: ",
        (ManifestStage.Consistency, ManifestPurpose.Set) => "checking manifest: ",
        (ManifestStage.Consistency, _) => "invalid manifest: ",
        (ManifestStage.SharedSecrets, ManifestPurpose.Set) => "generating secrets from manifest: ",
        (ManifestStage.PrivateSecrets, ManifestPurpose.Set) => "generating placeholder secrets from manifest: ",
        (ManifestStage.SharedSecrets or ManifestStage.PrivateSecrets, _) => "updating secrets: ",
        (ManifestStage.RecoveryKeys, _) => "generating recovery encryption key: ",
        (ManifestStage.Users, _) => "generating users from manifest: ",
        _ => "running manifest template dry run: ",
    };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ManifestWarning,
            LogLevel.Warning,
            "The manifest is accepted, but at {Path}: {Message}",
            EventName = "ManifestWarning")]
        public static partial void ManifestWarning(ILogger logger, string path, string message);

        [LoggerMessage(
            EventIds.ManifestProblem,
            LogLevel.Information,
            "A manifest was refused because of {Path}: {Message}",
            EventName = "ManifestProblem")]
        public static partial void ManifestProblem(ILogger logger, string path, string message);
    }
}
