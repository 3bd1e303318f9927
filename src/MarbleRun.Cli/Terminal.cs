namespace MarbleRun.Cli;

/// <summary>The terminal and standard input: the only class that uses the console. Output goes through the writers of a run.</summary>
internal static class Terminal
{
#pragma warning disable RS0030 // A command line uses the console.
    /// <summary>Whether a user can be asked.</summary>
    public static bool CanAsk => !Console.IsInputRedirected;

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsOutputSeen => !Console.IsOutputRedirected;

    /// <summary>Whether standard error is a terminal.</summary>
    public static bool IsErrorSeen => !Console.IsErrorRedirected;

    public static Stream OpenInput() => Console.OpenStandardInput();

    public static Stream OpenOutput() => Console.OpenStandardOutput();

    /// <summary>Reads a line that is not shown; the caller clears it.</summary>
    public static char[] ReadHidden()
    {
        var typed = new List<char>();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.RemoveRange(Math.Max(0, typed.Count - 1), Math.Min(1, typed.Count));
            }
            else if (key.KeyChar != '\0')
            {
                typed.Add(key.KeyChar);
            }
        }

        return [.. typed];
    }
#pragma warning restore RS0030
}
