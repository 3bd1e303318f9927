using System.Globalization;
using System.Text.RegularExpressions;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

/// <summary>What a scrape said, read as Prometheus reads it.</summary>
internal sealed partial class Scrape
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    public required string Text { get; init; }

    /// <summary>Metric types by name.</summary>
    public Dictionary<string, string> Types { get; } = [];

    public static Scrape Parse(string text)
    {
        var scrape = new Scrape { Text = text };
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                scrape.Types.Add(words[2], words[3]);
            }
            else if (!line.StartsWith('#'))
            {
                Match match = Sample().Match(line);
                Assert.True(match.Success, line);
                scrape._samples.Add((
                    match.Groups["name"].Value,
                    Label().Matches(match.Groups["labels"].Value).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value),
                    double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)));
            }
        }

        return scrape;
    }

    /// <summary>All values of a metric whose labels include these.</summary>
    public double[] Values(string name, params (string Name, string Value)[] labels) =>
        [.. _samples.Where(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Name) == l.Value)).Select(s => s.Value)];

    /// <summary>The one value of a metric with exactly these labels.</summary>
    public double Value(string name, params (string Name, string Value)[] labels) =>
        Assert.Single(
            _samples,
            s => s.Name == name && s.Labels.Count == labels.Length && labels.All(l => s.Labels.GetValueOrDefault(l.Name) == l.Value)).Value;

    /// <summary>The different values of a label.</summary>
    public string[] LabelValues(string name, string label) =>
        [.. _samples.Where(s => s.Name == name).Select(s => s.Labels[label]).Distinct()];

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?""")]
    private static partial Regex Label();
}
