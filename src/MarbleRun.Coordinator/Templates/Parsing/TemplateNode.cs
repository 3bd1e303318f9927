namespace MarbleRun.Coordinator.Templates.Parsing;

/// <summary>A part of a parsed template. Its <see cref="object.ToString"/> is the normal form in which errors show it.</summary>
/// <param name="Position">Where errors say it is, in bytes.</param>
internal abstract record TemplateNode(int Position);

/// <summary>Bytes that are copied.</summary>
internal sealed record LiteralNode(int Position, int Length) : TemplateNode(Position)
{
    public override string ToString() => "text";
}

/// <summary>Commands, each of which gets the result of the one before as its last argument.</summary>
internal sealed record PipeNode(int Position, IReadOnlyList<CommandNode> Commands) : TemplateNode(Position)
{
    public override string ToString() => string.Join(" | ", Commands);
}

/// <summary>A function with arguments, or a single operand.</summary>
internal sealed record CommandNode(int Position, IReadOnlyList<TemplateNode> Operands) : TemplateNode(Position)
{
    public override string ToString() => string.Join(' ', Operands.Select(operand => operand is PipeNode ? $"({operand})" : operand.ToString()));
}

/// <summary>The name of a function.</summary>
internal sealed record FunctionNode(int Position, string Name) : TemplateNode(Position)
{
    public override string ToString() => Name;
}

/// <summary>A path from the data: <c>.Secrets.key.Private</c>.</summary>
internal sealed record PathNode(int Position, IReadOnlyList<string> Fields) : TemplateNode(Position)
{
    public override string ToString() => "." + string.Join('.', Fields);
}

/// <summary>A path from the result of parentheses: <c>(index .Secrets "key").Private</c>.</summary>
internal sealed record ChainNode(int Position, PipeNode Start, IReadOnlyList<string> Fields) : TemplateNode(Position)
{
    public override string ToString() => $"({Start}).{string.Join('.', Fields)}";
}

/// <summary>A secret by a name that is no identifier: <c>index .Secrets "my-key"</c>.</summary>
internal sealed record IndexNode(int Position, PathNode Map, StringNode Key) : TemplateNode(Position)
{
    public override string ToString() => $"index {Map} {Key}";
}

/// <summary>A string literal, its value as bytes.</summary>
internal sealed record StringNode(int Position, string Quoted, byte[] Value) : TemplateNode(Position)
{
    public override string ToString() => Quoted;
}
