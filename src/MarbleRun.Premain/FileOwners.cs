using System.Runtime.InteropServices;

namespace MarbleRun.Premain;

/// <summary>Gives the files of the manifest, and the private folders around them, to the user of the service.</summary>
internal static class FileOwners
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Changes the owner of files that the activation wrote, and of folders of mode 0700 between them and their root.</summary>
    /// <param name="files">The full paths of the files.</param>
    /// <param name="roots">The folders that accept files of the manifest.</param>
    /// <param name="user">The user.</param>
    /// <param name="group">The group.</param>
    /// <exception cref="LaunchException">An owner cannot be changed.</exception>
    public static void Change(IEnumerable<string> files, IEnumerable<string> roots, uint user, uint group)
    {
        string[] places = [.. roots.Select(r => Path.TrimEndingDirectorySeparator(Path.GetFullPath(r)))];
        IEnumerable<string> owned = files.Where(f => !f.StartsWith("/dev/", StringComparison.Ordinal));
        foreach (string path in owned.SelectMany(f => Around(f, places)).Distinct())
        {
            int error = NativeLaunch.ChangeOwner(path, user, group);
            if (error != 0)
            {
                throw new LaunchException(
                    $"The owner of '{path}' cannot be changed to {user}:{group}: {Marshal.GetPInvokeErrorMessage(error)}. Start the "
                    + "launcher as root, or without --user.");
            }
        }
    }

    /// <summary>The file, and the private folders above it down from the root that contains it.</summary>
    internal static IEnumerable<string> Around(string file, IReadOnlyList<string> roots)
    {
        yield return file;
        for (string? folder = Path.GetDirectoryName(file);
            folder is not null && roots.Any(r => folder == r || folder.StartsWith(r + '/', StringComparison.Ordinal));
            folder = Path.GetDirectoryName(folder))
        {
            if (File.GetUnixFileMode(folder) == Private)
            {
                yield return folder;
            }
        }
    }
}
