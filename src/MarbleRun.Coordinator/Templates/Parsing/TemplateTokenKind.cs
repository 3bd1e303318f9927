namespace MarbleRun.Coordinator.Templates.Parsing;

internal enum TemplateTokenKind
{
    /// <summary>The closing delimiter.</summary>
    ActionEnd,

    /// <summary>Blanks between operands.</summary>
    Blank,

    /// <summary><c>.name</c>.</summary>
    Field,

    /// <summary>A lone dot.</summary>
    Dot,

    /// <summary>A word: function, keyword or constant.</summary>
    Word,

    /// <summary>A string between quotes or backquotes.</summary>
    Quoted,

    /// <summary>A vertical bar.</summary>
    Pipe,

    LeftParenthesis,

    RightParenthesis,
}
