using System.Buffers;
using System.Text;

namespace MarbleRun.Activation.Targets;

/// <summary>Checks the text of a file path, before the file system is checked.</summary>
internal static class FileNames
{
    // The limit of Linux, minus the terminating NUL and the name of the temporary file in the same folder.
    private const int LongestPath = 4_000;
    private const int LongestName = 255;

    private static readonly SearchValues<char> s_windowsForbidden = SearchValues.Create("<>\"|?*:");

    private static readonly char[] s_separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    // "nul.txt" is a device as well.
    private static readonly HashSet<string> s_windowsDevices = new(
        [
            "CON",
            "PRN",
            "AUX",
            "NUL",
            "CONIN$",
            "CONOUT$",
            .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" }),
            "COM¹",
            "COM²",
            "COM³",
            "LPT¹",
            "LPT²",
            "LPT³",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the error in a path of the manifest, or null if it is valid.</summary>
    public static string? FindFault(string path)
    {
        if (path.Length == 0 || path.Any(char.IsControl) || Path.EndsInDirectorySeparator(path))
        {
            return "is not the path of a file";
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

    /// <summary>Finds forms that do not name that file on Windows: streams, devices, other machines, names whose end is dropped.</summary>
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
            if (part.AsSpan().ContainsAny(s_windowsForbidden)
                || part.EndsWith('.')
                || part.EndsWith(' ')
                || s_windowsDevices.Contains(part.Split('.')[0].TrimEnd()))
            {
                return $"has the part '{PeerText.Clean(part)}', which is not a valid file name on Windows";
            }
        }

        return null;
    }
}
