namespace MarbleRun.Activation.Targets;

/// <summary>Compares full paths as the file systems of this operating system commonly do.</summary>
internal static class PathText
{
    public static StringComparison Comparison { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    public static StringComparer Comparer { get; } = StringComparer.FromComparison(Comparison);

    /// <summary>Returns the full path, without a separator at its end.</summary>
    public static string Complete(string path, string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, folder));

    /// <summary>Whether a full path is the folder, or below it.</summary>
    public static bool IsWithin(string path, string folder) =>
        path.StartsWith(folder, Comparison)
        && (path.Length == folder.Length || Path.EndsInDirectorySeparator(folder) || path[folder.Length] == Path.DirectorySeparatorChar);

    /// <summary>Whether a full path is below the folder.</summary>
    public static bool IsBelow(string path, string folder) => path.Length > folder.Length && IsWithin(path, folder);

    /// <summary>The folders above a full path, the nearest first.</summary>
    public static IEnumerable<string> Ancestors(string path)
    {
        for (string? folder = Path.GetDirectoryName(path); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }
}
