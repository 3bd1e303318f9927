using MarbleRun.Manifests;
using YamlDotNet.Core;

namespace MarbleRun.Cli.Manifests;

/// <summary>A text is not YAML, or has content that no manifest can have.</summary>
internal sealed class YamlFaultException(string message, Mark place, string? suggestion = null, Exception? cause = null)
    : Exception(message, cause)
{
    public ManifestProblem ToProblem() => new()
    {
        Stage = ManifestStage.Syntax,
        Severity = ManifestSeverity.Error,
        Path = "$",
        Message = Message,
        Suggestion = suggestion,
        Line = (int)place.Line,
        Column = (int)place.Column,
    };
}
