using System.Globalization;
using MarbleRun.Manifests.Templates.Formatting;

namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>The name of a function.</summary>
internal sealed record FunctionNode(int Position, string Name) : TemplateNode(Position)
{
    public override string ToString() => Name;
}

/// <summary>The current value: <c>.</c></summary>
internal sealed record DotNode(int Position) : TemplateNode(Position)
{
    public override string ToString() => ".";
}

/// <summary>A path from the current value: <c>.Secrets.key.Private</c>.</summary>
internal sealed record PathNode(int Position, IReadOnlyList<string> Fields) : TemplateNode(Position)
{
    public override string ToString() => "." + string.Join('.', Fields);
}

/// <summary>A variable, or a path from it: <c>$</c>, <c>$key.Private</c>. The name begins with the dollar sign.</summary>
internal sealed record VariableNode(int Position, string Name, IReadOnlyList<string> Fields) : TemplateNode(Position)
{
    public override string ToString() => string.Join('.', Fields.Prepend(Name));
}

/// <summary>A path from the result of parentheses: <c>(index .Secrets "key").Private</c>.</summary>
internal sealed record ChainNode(int Position, PipeNode Start, IReadOnlyList<string> Fields) : TemplateNode(Position)
{
    public override string ToString() => $"({Start}).{string.Join('.', Fields)}";
}

/// <summary>A string literal, its value as bytes.</summary>
internal sealed record StringNode(int Position, string Quoted, byte[] Value) : TemplateNode(Position)
{
    public override string ToString() => Quoted;
}

/// <summary>The string literal of <c>printf</c>.</summary>
internal sealed record FormatNode(int Position, string Quoted, PrintFormat Format) : TemplateNode(Position)
{
    public override string ToString() => Quoted;
}

/// <summary>An integer or a character.</summary>
internal sealed record NumberNode(int Position, string Text, long Value) : TemplateNode(Position)
{
    public override string ToString() => Text;
}

internal sealed record BooleanNode(int Position, bool Value) : TemplateNode(Position)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture).ToLowerInvariant();
}

internal sealed record NilNode(int Position) : TemplateNode(Position)
{
    public override string ToString() => "nil";
}
