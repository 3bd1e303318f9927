namespace MarbleRun;

/// <summary>Makes text from a peer safe for a message: one line, of limited length.</summary>
internal static class PeerText
{
    private const int LongestText = 500;

    /// <summary>Returns a name from a peer in quotation marks.</summary>
    public static string Quote(string? name) => string.IsNullOrEmpty(name) ? "''" : $"'{Clean(name)}'";

    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "no reason given";
        }

        string start = text.Length <= LongestText ? text : text[..LongestText] + "…";
        return string.Create(start.Length, start, static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }
}
