namespace MarbleRun.Files;

/// <summary>Reads files that options name. A FIFO would be waited for without end, a device never ends, and of a folder the platform says only that access is denied.</summary>
/// <remarks>SDK and Coordinator compile this folder, too: it is no part of the public surface.</remarks>
internal static class RegularFile
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>Reads a file, over links, to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">The most bytes that are read.</param>
    /// <exception cref="IOException">It is no regular file, or longer, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static byte[] Read(string path, int longest)
    {
        Demand(path);
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

    /// <summary>Demands that a path leads to a regular file, or to nothing, which the caller notices when it opens it.</summary>
    /// <exception cref="IOException">Something else is there.</exception>
    public static void Demand(string path)
    {
        FileNodeKind kind = FileNode.LookThrough(path).Kind;
        if (kind is not (FileNodeKind.File or FileNodeKind.Nothing))
        {
            throw new IOException($"There is {FileNode.Describe(kind)} at '{path}', not a regular file.");
        }
    }
}
