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
}
