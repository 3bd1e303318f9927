using System.Buffers;
using System.Text;

namespace MarbleRun.Activation;

/// <summary>What the text of a file's path must be, before it is looked at what stands there.</summary>
internal static class FileNames
{
    // Of Linux, minus what a temporary file beside it needs and the NUL.
    private const int LongestPath = 4_000;
    private const int LongestName = 255;

    private static readonly SearchValues<char> s_windowsForbidden = SearchValues.Create("<>\"|?*:");

    private static readonly char[] s_separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    // "nul.txt" is a device as well.
    private static readonly HashSet<string> s_windowsDevices = new(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" }), "COM¹", "COM²", "COM³", "LPT¹", "LPT²", "LPT³"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Says what is wrong with a path as the manifest has it; null if nothing is.</summary>
    public static string? FindFault(string path)
    {
        if (path.Length == 0 || path.Any(char.IsControl) || Path.EndsInDirectorySeparator(path))
        {
            return "is no path of a file";
        }

        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            return $"is longer than {LongestPath:N0} bytes";
        }

        string[] parts = path.Split(s_separators);
        return parts.Contains("..") ? "has a part '..'; write the path without it"
            : parts.Any(p => Encoding.UTF8.GetByteCount(p) > LongestName) ? $"has a part that is longer than {LongestName} bytes"
            : OperatingSystem.IsWindows() ? FindWindowsFault(path)
            : null;
    }

    /// <summary>Forms that mean something else than a file of that name on Windows: streams, devices, other machines, names that lose their end.</summary>
    internal static string? FindWindowsFault(string path)
    {
        string[] parts = path.Split('/', '\\');
        bool hasDrive = parts[0] is [_, ':'] && char.IsAsciiLetter(parts[0][0]);
        if (parts.Length > 2 && parts[0].Length == 0 && parts[1].Length == 0)
        {
            return "names another machine or a device";
        }

        foreach (string part in parts.Skip(hasDrive ? 1 : 0))
        {
            if (part.AsSpan().ContainsAny(s_windowsForbidden) || part.EndsWith('.') || part.EndsWith(' ') || s_windowsDevices.Contains(part.Split('.')[0].TrimEnd()))
            {
                return $"has the part '{PeerText.Clean(part)}', which is no name of a file on Windows";
            }
        }

        return null;
    }
}
