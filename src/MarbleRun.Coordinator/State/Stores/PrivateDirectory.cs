namespace MarbleRun.Coordinator.State.Stores;

/// <summary>Folders that belong to one user and to one process.</summary>
internal static class PrivateDirectory
{
    /// <summary>
    /// Makes the folder, if it is not there, for its owner alone, and takes it: <c>lock</c> in it is held open until the result is disposed
    /// of.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be made, or another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static FileStream Lock(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(directory, "lock"), options);
    }
}
