namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Makes text that a stranger chose fit for a log: on one line, and not longer than a reader wants.</summary>
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

    /// <summary>Names, each once and with commas between them, in as many texts as it takes so that none of them is cut.</summary>
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
