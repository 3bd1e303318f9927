namespace MarbleRun.Coordinator.State.Stores;

/// <summary>The file operations that durability is made of, one by one, so that a test can end the process between any two.</summary>
internal interface IFileOperations
{
    /// <summary>Reads a file, or null if it is not there.</summary>
    byte[]? Read(string path);

    /// <summary>Makes or truncates a file that only its owner may read, writes it and flushes it to the disk.</summary>
    void WriteDurably(string path, ReadOnlySpan<byte> content);

    /// <summary>
    /// Makes a file be its first <paramref name="offset"/> bytes and then this content, and flushes it to the disk. Makes the file if it is
    /// not there.
    /// </summary>
    /// <exception cref="IOException">It could not be done, or the file is shorter; what is after the offset is unknown then.</exception>
    void AppendDurably(string path, long offset, ReadOnlySpan<byte> content);

    /// <summary>Renames a file over another one; atomic on every file system that the Coordinator supports.</summary>
    void Rename(string source, string destination);

    /// <summary>Removes a file; does nothing if it is not there.</summary>
    void Delete(string path);

    /// <summary>Flushes a folder's entries, and with them the renames in it, to the disk.</summary>
    void FlushDirectory(string directory);
}
