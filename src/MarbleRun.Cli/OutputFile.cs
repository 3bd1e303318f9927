using System.Text;

namespace MarbleRun.Cli;

/// <summary>Writes the output of a command to the file that the user names, or to standard output.</summary>
internal static class OutputFile
{
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static async Task WriteAsync(string? path, byte[] content, TextWriter output, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            await output.WriteAsync(Encoding.UTF8.GetString(content));
            return;
        }

        try
        {
            await File.WriteAllBytesAsync(path, content, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                Directory.Exists(path) ? $"{path} is a folder. Specify a file." : $"{path} can't be written: {e.Message}", e);
        }
    }
}
