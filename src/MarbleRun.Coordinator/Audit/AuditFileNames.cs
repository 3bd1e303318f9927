using System.Globalization;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// The names of the files of an audit trail: <c>audit-N.jsonl</c>, where N, with 20 digits, is the number of the first record.
/// </summary>
internal static class AuditFileNames
{
    private const string Prefix = "audit-";
    private const string Suffix = ".jsonl";

    public static IEnumerable<string> Enumerate(string directory) => Directory.EnumerateFiles(directory, Prefix + "*" + Suffix);

    public static string PathOf(string directory, long first) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{first:d20}{Suffix}"));

    /// <summary>The number of the first record in a file; null if its name is not one of a trail's files.</summary>
    public static long? FirstOf(string path) =>
        long.TryParse(
            Path.GetFileName(path)[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long first)
        && string.Equals(path, PathOf(Path.GetDirectoryName(path)!, first), StringComparison.Ordinal)
            ? first
            : null;
}
