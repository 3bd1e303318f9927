namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>A token inside an action; positions in bytes.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, int Start, int End);

internal enum TemplateTokenKind
{
    /// <summary>The closing delimiter.</summary>
    ActionEnd,

    /// <summary>Spaces between operands.</summary>
    Blank,

    /// <summary><c>.name</c>.</summary>
    Field,

    /// <summary>A single dot.</summary>
    Dot,

    /// <summary>A word: function, keyword or constant.</summary>
    Word,

    /// <summary><c>$</c> or <c>$name</c>.</summary>
    Variable,

    /// <summary>A string between quotes or backquotes.</summary>
    Quoted,

    /// <summary>A character between single quotes.</summary>
    Character,

    /// <summary>An integer.</summary>
    Number,

    /// <summary><c>:=</c>.</summary>
    Declare,

    /// <summary><c>=</c>.</summary>
    Assign,

    Comma,

    /// <summary>A vertical bar.</summary>
    Pipe,

    LeftParenthesis,

    RightParenthesis,
}
