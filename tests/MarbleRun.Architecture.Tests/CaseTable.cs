using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Architecture.Tests;

/// <summary>A table of <c>tests/cases</c>: each row is a case and the tests that cover it, or the reason why it does not apply.</summary>
internal sealed partial class CaseTable
{
    private readonly string[] _lines;

    private CaseTable(string[] lines)
    {
        _lines = lines;
    }

    public static string[] Names { get; } =
        ["client-api", "manifest", "marble-api", "observability", "state-and-sealing", "updates-and-users"];

    public IEnumerable<(string Case, string Tests)> Rows => _lines.Select(Split).OfType<(string, string)>();

    /// <summary>The whole file.</summary>
    public string Text => string.Concat(_lines.Select(line => line + "\n"));

    public static string PathOf(string name) => Path.Combine(RepositoryFiles.Root, "tests", "cases", name + ".md");

    public static CaseTable Read(string name) => Parse(File.ReadAllText(PathOf(name)));

    public static CaseTable Parse(string text) => new(text.TrimEnd('\n').Split('\n'));

    /// <summary>
    /// The table of these cases. Rows and the tests of a row keep the order that they have here; new ones come last. Rows that give a
    /// reason instead of tests stay.
    /// </summary>
    public CaseTable With(ILookup<string, string> testsByCase)
    {
        List<string> lines = [];
        HashSet<string> written = [];
        foreach (string line in _lines)
        {
            if (Split(line) is not var (text, tests) || IsReason(tests))
            {
                lines.Add(line);
            }
            else if (testsByCase.Contains(text) && written.Add(text))
            {
                lines.Add(Format(text, TestName().Matches(tests).Select(m => m.Groups[1].Value), testsByCase[text]));
            }
        }

        lines.AddRange(testsByCase.Where(c => !written.Contains(c.Key)).Select(c => Format(c.Key, [], c)));
        return new CaseTable([.. lines]);
    }

    public static bool IsReason(string tests) => tests.StartsWith("Does not apply: ", StringComparison.Ordinal);

    /// <summary>Class and method of a test.</summary>
    [GeneratedRegex(@"`([A-Za-z0-9]+Tests\.[A-Za-z0-9_]+)`")]
    public static partial Regex TestName();

    private static string Format(string text, IEnumerable<string> before, IEnumerable<string> tests) =>
        $"| {text} | {string.Join(", ", before.Intersect(tests).Union(tests).Select(t => $"`{t}`"))} |";

    /// <summary>The cells of a row; null for the heading and for what is outside of the table.</summary>
    private static (string Case, string Tests)? Split(string line)
    {
        string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
        return line.StartsWith("| ", StringComparison.Ordinal) && cells[1] != "Case" ? (cells[1], cells[2]) : null;
    }
}
