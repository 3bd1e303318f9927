namespace MarbleRun.Cli;

/// <summary>Reads the files that the user names.</summary>
internal static class InputFile
{
    private const int LargestSize = 16 * 1024 * 1024;

    public static async Task<byte[]> ReadAsync(string path, string what, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length > LargestSize
                ? throw new InputException($"The {what} {path} is larger than {LargestSize / 1024 / 1024} MiB.")
                : await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The {what} {path} can't be read: {e.Message}", e);
        }
    }
}
