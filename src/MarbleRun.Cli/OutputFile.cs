using System.Text;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli;

/// <summary>Writes the output of a command to the file that the user names, or to standard output.</summary>
internal static class OutputFile
{
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static async Task WriteAsync(string? path, byte[] content, TextWriter output, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            string text = Encoding.UTF8.GetString(content);
            await (output is SafeWriter safe ? safe.WriteContentAsync(text) : output.WriteAsync(text));
            return;
        }

        string file = CommandEnvironment.Current.Resolve(path);
        try
        {
            await File.WriteAllBytesAsync(file, content, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                Directory.Exists(file) ? $"{path} is a folder. Specify a file." : $"{path} can't be written: {e.Message}", e);
        }
    }
}
