namespace MarbleRun.Cli;

/// <summary>Reads the files that the user names; <c>-</c> is standard input.</summary>
internal static class InputFile
{
    /// <summary>The name of standard input.</summary>
    public const string StandardInput = "-";

    private const int LargestSize = 16 * 1024 * 1024;
    private const int ChunkSize = 64 * 1024;

    /// <exception cref="InputException">The file cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string path, string what, CancellationToken cancellationToken)
    {
        if (path.Length == 0)
        {
            throw new InputException($"The name of the {what} is empty. Specify a file.");
        }

        string file = CommandEnvironment.Current.Resolve(path);
        if (path != StandardInput && Directory.Exists(file))
        {
            throw new InputException($"The {what} {path} is a folder. Specify a file.");
        }

        try
        {
            await using Stream stream = path == StandardInput ? TakeStandardInput(what) : File.OpenRead(file);
            return await ReadAsync(stream, cancellationToken)
                ?? throw new InputException($"The {what} {path} is larger than {LargestSize / 1024 / 1024} MiB.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The {what} {path} can't be read: {e.Message}", e);
        }
    }

    private static Stream TakeStandardInput(string what) => CommandEnvironment.Current.TryTakeInput()
        ? CommandEnvironment.Current.OpenInput()
        : throw new InputException($"Standard input can be read only once: specify a file for the {what}.");

    /// <summary>The length of pipes and devices is not known in advance.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var chunk = new byte[ChunkSize];
        int count;
        while ((count = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            content.Write(chunk, 0, count);
            if (content.Length > LargestSize)
            {
                return null;
            }
        }

        return content.ToArray();
    }
}
