using System.Globalization;
using System.Text;

namespace MarbleRun.Manifests;

/// <summary>
/// One error or warning about a manifest: what, where, and what to do. It contains names, never the values of secrets or files.
/// </summary>
public sealed record ManifestProblem
{
    /// <summary>The stage at which a Coordinator detects the problem.</summary>
    public required ManifestStage Stage { get; init; }

    /// <summary>Whether a Coordinator refuses the manifest because of the problem.</summary>
    public required ManifestSeverity Severity { get; init; }

    /// <summary>
    /// The place as a JSON path, for instance <c>$.Marbles.web.Parameters.Env.KEY</c> or <c>$.Secrets['my key'].Size</c>; <c>$</c> is the
    /// whole manifest.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>What is wrong. For errors, the text that a Coordinator sends, without the prefix of <see cref="Stage"/>.</summary>
    public required string Message { get; init; }

    /// <summary>What to do, or null.</summary>
    public string? Suggestion { get; init; }

    /// <summary>The line, from 1; null if the manifest was not read from text or the place has no position.</summary>
    public int? Line { get; init; }

    /// <summary>The column in bytes of UTF-8, from 1; null if <see cref="Line"/> is null.</summary>
    public int? Column { get; init; }

    /// <summary>Returns one line: <c>3:14 error $.Config.SealMode: unknown seal mode: x. Did you mean …</c></summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Line is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Line}:{Column} ");
        }

        text.Append(Severity == ManifestSeverity.Error ? "error " : "warning ").Append(Path).Append(": ").Append(Message);
        if (Suggestion is not null)
        {
            text.Append(". ").Append(Suggestion);
        }

        return text.ToString();
    }
}
