namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The file system.</summary>
internal interface IMachineFiles
{
    /// <summary>Whether there is a file, a device or a folder.</summary>
    bool Exists(string path);

    /// <summary>The start of a text file; null if it does not exist or can't be read.</summary>
    string? ReadText(string path);

    /// <summary>Opens a file for reading; null if it does not exist or can't be read.</summary>
    Stream? Open(string path);

    /// <summary>Whether this process may open a device or file.</summary>
    bool CanOpen(string path, FileAccess access);

    /// <summary>What a folder is; null if it does not exist.</summary>
    FolderFacts? LookAt(string folder);

    /// <summary>Writes a temporary file in a folder several times, durably each time, and removes it.</summary>
    /// <exception cref="IOException">The folder can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The process has no right to write there.</exception>
    DurableWrites MeasureDurableWrites(string folder, CancellationToken cancellationToken);
}
