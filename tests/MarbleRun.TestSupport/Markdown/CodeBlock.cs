namespace MarbleRun.TestSupport.Markdown;

/// <summary>A fenced block of a document.</summary>
/// <param name="File">The document, relative to the repository, with slashes.</param>
/// <param name="Line">The line of the opening fence, from 1.</param>
/// <param name="Language">What stands behind the fence, or nothing.</param>
/// <param name="Note">
/// The HTML comment on the lines right before the fence, without its marks, or null: what readers do not see and tests need.
/// </param>
/// <param name="Content">The text between the fences; each line ends in a line feed.</param>
public sealed record CodeBlock(string File, int Line, string Language, string? Note, string Content)
{
    private const string PartMark = "part:";

    /// <summary>The part of commands, named by a note (<c>part: name</c>) or by a first line <c># part: name</c>.</summary>
    public string? Part => Named(Note) ?? Named(Content.Split('\n')[0].TrimStart('#', ' '));

    public override string ToString() => $"{File}:{Line}";

    private static string? Named(string? text) =>
        text?.StartsWith(PartMark, StringComparison.Ordinal) == true ? text[PartMark.Length..].Trim() : null;
}
