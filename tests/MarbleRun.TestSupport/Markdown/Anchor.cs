namespace MarbleRun.TestSupport.Markdown;

/// <summary>The names that GitHub gives to headings.</summary>
public static class Anchor
{
    public static IReadOnlySet<string> Of(IEnumerable<string> headings)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (string heading in headings)
        {
            string anchor = Of(heading);
            for (int i = 1; !anchors.Add(anchor); i++)
            {
                anchor = $"{Of(heading)}-{i}";
            }
        }

        return anchors;
    }

    private static string Of(string heading) =>
        string.Concat(heading.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ' ')).Replace(' ', '-');
}
