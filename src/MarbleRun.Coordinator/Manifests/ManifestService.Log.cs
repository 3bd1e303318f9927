using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Manifests;

internal sealed partial class ManifestService
{
    /// <summary>What stands before a problem's text on the wire, by the step at which it shows.</summary>
    private static string PrefixOf(ManifestProblem problem) => problem.Stage switch
    {
        ManifestStage.Syntax => "unmarshaling manifest: ",
        ManifestStage.Consistency => "checking manifest: ",
        ManifestStage.SharedSecrets => "generating secrets from manifest: ",
        ManifestStage.PrivateSecrets => "generating placeholder secrets from manifest: ",
        ManifestStage.RecoveryKeys => "generating recovery encryption key: ",
        ManifestStage.Users => "generating users from manifest: ",
        _ => "running manifest template dry run: ",
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Initial manifest set: fingerprint {Fingerprint}, {Packages} packages, {Marbles} Marble types.", EventName = "ManifestSet")]
        public static partial void ManifestSet(ILogger logger, string fingerprint, int packages, int marbles);

        [LoggerMessage(2, LogLevel.Warning, "The manifest is accepted, but at {Path}: {Message}", EventName = "ManifestWarning")]
        public static partial void ManifestWarning(ILogger logger, string path, string message);

        [LoggerMessage(3, LogLevel.Information, "A manifest was refused because of {Path}: {Message}", EventName = "ManifestProblem")]
        public static partial void ManifestProblem(ILogger logger, string path, string message);
    }
}
