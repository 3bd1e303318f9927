namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>
/// A transcript: Markdown whose indented lines are a script. Files that the script uses follow after lines of the form <c>-- name --</c>.
/// </summary>
internal sealed class TranscriptFile
{
    private const string Indent = "    ";

    private TranscriptFile(IReadOnlyList<string> lines, IReadOnlyDictionary<string, string> files, string trailer)
    {
        Lines = lines;
        Files = files;
        Trailer = trailer;
    }

    /// <summary>The lines before the files.</summary>
    public IReadOnlyList<string> Lines { get; }

    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>The unchanged text of the files, for writing the transcript again.</summary>
    public string Trailer { get; }

    public static TranscriptFile Read(string text)
    {
        string[] all = text.Split('\n');
        int start = Array.FindIndex(all, IsName);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = start; i >= 0 && i < all.Length;)
        {
            int next = Array.FindIndex(all, i + 1, IsName);
            string[] content = all[(i + 1)..(next < 0 ? all.Length : next)];
            files[all[i][3..^3]] = string.Join('\n', content).TrimEnd('\n') + "\n";
            i = next < 0 ? all.Length : next;
        }

        return start < 0
            ? new TranscriptFile(all, files, string.Empty)
            : new TranscriptFile(all[..start], files, string.Join('\n', all[start..]));
    }

    /// <summary>The script of a line; null for prose.</summary>
    public static string? ScriptOf(string line) => line.StartsWith(Indent, StringComparison.Ordinal) ? line[Indent.Length..] : null;

    /// <summary>Writes a line of script; an empty one has no blanks at its end.</summary>
    public static string LineOf(string script) => (Indent + script).TrimEnd(' ');

    private static bool IsName(string line) =>
        line.StartsWith("-- ", StringComparison.Ordinal) && line.EndsWith(" --", StringComparison.Ordinal) && line.Length > 6;
}
