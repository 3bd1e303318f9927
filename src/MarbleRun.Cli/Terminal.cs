namespace MarbleRun.Cli;

/// <summary>The terminal and standard input: the one place that knows the console. What is written goes through the writers of a run.</summary>
internal static class Terminal
{
#pragma warning disable RS0030 // The command line is what talks to a console.
    /// <summary>Whether somebody can be asked.</summary>
    public static bool CanAsk => !Console.IsInputRedirected;

    public static Stream OpenInput() => Console.OpenStandardInput();

    /// <summary>Reads a line that is not shown; the caller wipes it.</summary>
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
