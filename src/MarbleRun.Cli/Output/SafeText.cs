using System.Globalization;
using System.Text;

namespace MarbleRun.Cli.Output;

/// <summary>
/// Makes text from the network harmless on a terminal: a name in a manifest could otherwise move the cursor, hide a line or reverse the
/// order of letters. Control characters, and those that change the direction of text (UAX #9), appear as <c>\u{1B}</c>.
/// </summary>
internal static class SafeText
{
    public static string Of(string text) => text.Any(IsHarmful) ? Escape(text) : text;

    /// <summary>Escapes everything but line ends and tabs.</summary>
    public static string OfLines(string text) => text.Any(c => IsHarmful(c) && c is not ('\n' or '\t')) ? Escape(text, "\n\t") : text;

    private static string Escape(string text, string allowed = "")
    {
        var safe = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (IsHarmful(c) && !allowed.Contains(c, StringComparison.Ordinal))
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)c:X}}}");
            }
            else
            {
                safe.Append(c);
            }
        }

        return safe.ToString();
    }

    private static bool IsHarmful(char c) =>
        char.IsControl(c)
        || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')
        || c is '\u2028' or '\u2029' or '\uFEFF';
}
