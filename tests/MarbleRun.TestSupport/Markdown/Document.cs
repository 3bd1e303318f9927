using System.Text;
using System.Text.RegularExpressions;

namespace MarbleRun.TestSupport.Markdown;

/// <summary>A Markdown file, read as far as the tests need it: fenced blocks, headings and links.</summary>
public sealed partial class Document
{
    private readonly List<CodeBlock> _blocks = [];
    private readonly List<string> _headings = [];
    private readonly StringBuilder _prose = new();

    private Document(string name)
    {
        Name = name;
    }

    /// <summary>The path relative to the repository, with slashes.</summary>
    public string Name { get; }

    public string FullPath => Path.Combine(RepositoryFiles.Root, Name);

    public IReadOnlyList<CodeBlock> Blocks => _blocks;

    /// <summary>What a link can name behind <c>#</c>, as GitHub makes it from the headings.</summary>
    public IReadOnlySet<string> Anchors => Anchor.Of(_headings);

    /// <summary>Where links lead to; those inside of code do not count.</summary>
    public IEnumerable<string> Links => Link().Matches(InlineCode().Replace(Prose, string.Empty)).Select(m => m.Groups["target"].Value);

    /// <summary>What is outside of blocks.</summary>
    public string Prose => _prose.ToString();

    public static Document Read(string name) => Parse(name, File.ReadAllText(Path.Combine(RepositoryFiles.Root, name)));

    /// <exception cref="InvalidDataException">A fence is not closed.</exception>
    public static Document Parse(string name, string text)
    {
        var document = new Document(name);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            Match fence = Fence().Match(lines[i]);
            if (!fence.Success)
            {
                document.AddProse(lines[i]);
                continue;
            }

            int end = Array.FindIndex(lines, i + 1, line => Closes(line.Trim(), fence.Groups["marks"].Value));
            if (end < 0)
            {
                throw new InvalidDataException($"{name}:{i + 1}: the block is not closed.");
            }

            string content = string.Concat(lines[(i + 1)..end].Select(line => line + "\n"));
            document._blocks.Add(new CodeBlock(name, i + 1, fence.Groups["language"].Value.Trim(), NoteBefore(lines, i), content));
            i = end;
        }

        return document;
    }

    /// <summary>At least as many marks as opened the block, and nothing else.</summary>
    private static bool Closes(string line, string marks) =>
        line.StartsWith(marks, StringComparison.Ordinal) && line.All(c => c == marks[0]);

    private static string? NoteBefore(string[] lines, int fence)
    {
        int end = fence - 1;
        if (end < 0 || !lines[end].EndsWith("-->", StringComparison.Ordinal))
        {
            return null;
        }

        int start = Array.FindLastIndex(lines, end, line => line.StartsWith("<!--", StringComparison.Ordinal));
        return start < 0 ? null : string.Join('\n', lines[start..fence])["<!--".Length..^"-->".Length].Trim();
    }

    private void AddProse(string line)
    {
        if (line.StartsWith('#'))
        {
            _headings.Add(line.TrimStart('#').Trim());
        }

        _prose.Append(line).Append('\n');
    }

    [GeneratedRegex("^\\s*(?<marks>`{3,}|~{3,})(?<language>[^`]*)$")]
    private static partial Regex Fence();

    /// <summary>It ends with the paragraph, if not before.</summary>
    [GeneratedRegex("(`+)(?:(?!\n\n)[^`])+\\1")]
    private static partial Regex InlineCode();

    /// <summary><c>[text](target)</c> with or without a title, and <c>[name]: target</c>.</summary>
    [GeneratedRegex(@"\]\((?<target>[^)\s]+)(?:\s+""[^""]*"")?\)|^\[[^\]]+\]:\s+(?<target>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();
}
