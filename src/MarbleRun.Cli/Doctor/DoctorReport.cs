using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Doctor;

/// <summary>All findings of a run.</summary>
internal sealed class DoctorReport(DateTimeOffset time, IReadOnlyList<TimedFinding> findings) : Result
{
    public IReadOnlyList<Finding> Findings { get; } = [.. findings.Select(f => f.Finding)];

    /// <summary>0: all is good, 1: there are warnings, 2: there are errors.</summary>
    public int ExitCode => findings.Count == 0 ? 0 : (int)Findings.Max(f => f.Level);

    public override void WriteText(TextWriter output)
    {
        int width = Findings.Select(f => f.Check.Id.Length).DefaultIfEmpty(0).Max();
        foreach (IGrouping<string, Finding> group in Findings.GroupBy(f => f.Check.Group))
        {
            output.WriteLine(DoctorChecks.Titles[group.Key]);
            foreach (Finding finding in group)
            {
                output.WriteLine($"  {Mark(finding.Level)} {finding.Check.Id.PadRight(width)}  {finding.Found}");
                if (finding.Level != FindingLevel.Good)
                {
                    output.WriteLine($"      expected: {finding.Expected}");
                    output.WriteLine($"      remedy:   {finding.Remedy}");
                    output.WriteLine($"      see:      {finding.Check.Docs}");
                }
            }

            output.WriteLine();
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(FindingLevel.Good)} good, {Plural(FindingLevel.Warning, "warning")}, {Plural(FindingLevel.Error, "error")}"));
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("time", time);
        json.WriteNumber("exitCode", ExitCode);
        json.WriteNumber("good", Count(FindingLevel.Good));
        json.WriteNumber("warnings", Count(FindingLevel.Warning));
        json.WriteNumber("errors", Count(FindingLevel.Error));
        json.WriteStartArray("findings");
        foreach (TimedFinding timed in findings)
        {
            Finding finding = timed.Finding;
            json.WriteStartObject();
            json.WriteString("id", finding.Check.Id);
            json.WriteString("group", finding.Check.Group);
            json.WriteString("level", Name(finding.Level));
            json.WriteString("found", finding.Found);
            if (finding.Level != FindingLevel.Good)
            {
                json.WriteString("expected", finding.Expected);
                json.WriteString("remedy", finding.Remedy);
            }

            json.WriteString("docs", finding.Check.Docs);
            json.WriteNumber("milliseconds", (long)timed.Duration.TotalMilliseconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private int Count(FindingLevel level) => Findings.Count(f => f.Level == level);

    private string Plural(FindingLevel level, string word) =>
        string.Create(CultureInfo.InvariantCulture, $"{Count(level)} {word}{(Count(level) == 1 ? string.Empty : "s")}");

    private static string Name(FindingLevel level) => level switch
    {
        FindingLevel.Good => "good",
        FindingLevel.Warning => "warning",
        _ => "error",
    };

    private static char Mark(FindingLevel level) => level switch
    {
        FindingLevel.Good => '√',
        FindingLevel.Warning => '‼',
        _ => '×',
    };
}
