namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Makes text from an unauthenticated caller safe for a log: on one line, and with limited length.</summary>
internal static class LogText
{
    private const int MaxLength = 1000;

    /// <summary>The text with control characters and line separators replaced by <c>?</c>, cut after 1,000 characters.</summary>
    public static string Clean(string text)
    {
        string start = text.Length <= MaxLength ? text : text[..MaxLength] + "…";
        return string.Create(start.Length, start, static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? '?' : source[i];
            }
        });
    }

    /// <summary>Names, each once and separated by commas, in as many texts as necessary so that no text is cut.</summary>
    public static IEnumerable<string> Join(IEnumerable<string> names)
    {
        string text = string.Empty;
        foreach (string name in names.Distinct(StringComparer.Ordinal))
        {
            if (text.Length > 0 && text.Length + name.Length + 2 > MaxLength)
            {
                yield return text;
                text = string.Empty;
            }

            text = text.Length == 0 ? name : $"{text}, {name}";
        }

        yield return text;
    }
}
