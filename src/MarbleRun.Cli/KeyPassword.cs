using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Cli;

/// <summary>
/// Reads the password of a key. It comes from a file or from the terminal, never from the command line, which other users can read.
/// </summary>
internal static class KeyPassword
{
    /// <param name="what">The key as messages call it.</param>
    /// <param name="path">The file of the key.</param>
    /// <param name="passwordFile">The file whose first line is the password; null to ask.</param>
    /// <param name="error">Where the user is asked.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The password, which the caller clears.</returns>
    /// <exception cref="InputException">The file can't be read, or there is no terminal.</exception>
    public static async Task<char[]> ReadAsync(
        string what, string path, string? passwordFile, TextWriter error, CancellationToken cancellationToken)
    {
        if (passwordFile is not null)
        {
            byte[] content = await InputFile.ReadAsync(passwordFile, "password file", cancellationToken);
            char[] text = Encoding.UTF8.GetChars(content);
            CryptographicOperations.ZeroMemory(content);
            int end = text.AsSpan().IndexOfAny('\r', '\n');
            char[] password = end < 0 ? text : text[..end];
            if (end >= 0)
            {
                Array.Clear(text);
            }

            return password;
        }

        if (!CommandEnvironment.Current.IsInteractive)
        {
            throw new InputException(
                $"The {what} {path} is encrypted, and there is no terminal to ask for its password. Specify a file with "
                + $"--password-file.");
        }

        await error.WriteAsync($"Password of {path}: ");
        char[] typed = Terminal.ReadHidden();
        await error.WriteLineAsync();
        return typed;
    }
}
