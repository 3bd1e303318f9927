using System.Globalization;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>What the metrics port of a Coordinator shows.</summary>
/// <param name="Fault">Why it does not answer; null if it does.</param>
/// <param name="Text">Metrics in the text format of Prometheus.</param>
/// <param name="ReadyStatus">The status of <c>/health/ready</c>.</param>
/// <param name="ReadyText">Its body.</param>
internal sealed record MetricsFacts(string? Fault, string Text, int ReadyStatus, string ReadyText)
{
    /// <summary>The sum of all series of a metric whose labels contain a text; null without series.</summary>
    public double? Sum(string name, string labels = "")
    {
        double[] values =
        [
            .. Text.Split('\n')
                .Where(line => IsOf(line, name) && line.Contains(labels, StringComparison.Ordinal))
                .Select(line => line.TrimEnd('\r').Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length >= 2)
                .Select(words => double.TryParse(Value(words), CultureInfo.InvariantCulture, out double value) ? value : 0),
        ];
        return values.Length == 0 ? null : values.Sum();
    }

    /// <summary>The value of a label of the first series of a metric.</summary>
    public string? Label(string name, string label)
    {
        string? line = Text.Split('\n').FirstOrDefault(l => IsOf(l, name));
        int start = line?.IndexOf($"{label}=\"", StringComparison.Ordinal) ?? -1;
        return start < 0 ? null : line![(start + label.Length + 2)..].Split('"')[0];
    }

    private static bool IsOf(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{';

    /// <summary>A time may stand behind the value.</summary>
    private static string Value(string[] words)
    {
        int labels = Array.FindLastIndex(words, w => w.EndsWith('}'));
        return words[Math.Max(labels + 1, 1)];
    }
}
