namespace MarbleRun.Files;

/// <summary>
/// Reads files that options name. Without this check, reading a FIFO waits forever, reading a device never ends, and for a folder the
/// platform reports only that access is denied.
/// </summary>
/// <remarks>SDK and Coordinator compile this folder too: it is not part of the public surface.</remarks>
internal static class RegularFile
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>Reads a file to its end; links are followed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">The largest number of bytes to read.</param>
    /// <exception cref="IOException">The path is not a regular file, or the file is too long or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static byte[] Read(string path, int longest)
    {
        ThrowIfNotRegular(path);
        using FileStream file = File.OpenRead(path);
        using var content = new MemoryStream();
        byte[] chunk = new byte[Math.Min(ChunkSize, longest + 1)];
        for (int count; (count = file.Read(chunk)) > 0;)
        {
            content.Write(chunk, 0, count);
            if (content.Length > longest)
            {
                throw new IOException($"'{path}' is longer than {longest} bytes.");
            }
        }

        return content.ToArray();
    }

    /// <summary>
    /// Throws if a path leads to something that is not a regular file. A path that leads to nothing passes; the caller notices when it
    /// opens the file.
    /// </summary>
    /// <exception cref="IOException">The path leads to something else.</exception>
    public static void ThrowIfNotRegular(string path)
    {
        FileNodeKind kind = FileNode.LookThrough(path).Kind;
        if (kind is not (FileNodeKind.File or FileNodeKind.Nothing))
        {
            throw new IOException($"There is {FileNode.Describe(kind)} at '{path}', not a regular file.");
        }
    }
}
