using System.Security.Cryptography;

namespace MarbleRun.Activation.Targets;

/// <summary>Writes files that only this user may read (mode 0600, folders 0700), completely or not at all.</summary>
internal static class PrivateFile
{
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode = PrivateMode | UnixFileMode.UserExecute;

    /// <summary>Replaces a file: a reader sees the old content or the new content, never a part.</summary>
    /// <param name="path">The full path, in an existing folder.</param>
    /// <param name="content">The content.</param>
    /// <param name="check">Runs before the last step, and throws if that step must not happen.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, Action? check = null)
    {
        // The name is not derived from the file name: together they could be too long.
        string temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp");
        try
        {
            using (var file = new FileStream(temporary, Options(FileMode.CreateNew)))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            check?.Invoke();
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes to an existing file: for the special files of a library OS, which cannot be replaced.</summary>
    public static void WriteInPlace(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, Options(FileMode.Create));
        file.Write(content);
    }

    /// <summary>Creates a folder and its missing parents.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            // The platform sets the mode only on the last folder, and creates the folders above it as open as the umask allows.
            if (!Directory.Exists(path) && Path.GetDirectoryName(path) is { Length: > 0 } parent)
            {
                CreateFolder(parent);
            }

            Directory.CreateDirectory(path, FolderMode);
        }
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateMode;
        }

        return options;
    }
}
