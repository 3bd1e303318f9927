using System.Globalization;
using System.Text;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Manifests;

/// <summary>Formats a problem as one line, with a position that editors can open.</summary>
internal static class ProblemText
{
    public static string Of(string file, ManifestProblem problem)
    {
        string place = problem.Line is null ? file : $"{file}:{problem.Line}:{problem.Column}";
        string severity = problem.Severity == ManifestSeverity.Error ? "error" : "warning";
        string suggestion = problem.Suggestion is null ? string.Empty : $". {problem.Suggestion}";
        return Printable($"{place}: {severity}: {problem.Path}: {problem.Message}{suggestion}");
    }

    /// <summary>Names come from the manifest; a terminal must not interpret their control characters.</summary>
    private static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            bool isHidden = char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            printable.Append(isHidden ? $"\\u{(int)c:x4}" : c);
        }

        return printable.ToString();
    }
}
