namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>A part of a parsed template. Its <see cref="object.ToString"/> returns the normal form for errors.</summary>
/// <param name="Position">The position for errors, in bytes.</param>
internal abstract record TemplateNode(int Position);

/// <summary>Bytes that are copied.</summary>
internal sealed record LiteralNode(int Position, int Length) : TemplateNode(Position)
{
    public override string ToString() => "text";
}

/// <summary>
/// Commands, each of which gets the result of the previous one as its last argument; the last result is stored in variables, if any are
/// named.
/// </summary>
internal sealed record PipeNode(int Position, IReadOnlyList<CommandNode> Commands, IReadOnlyList<string> Variables, bool Assigns)
    : TemplateNode(Position)
{
    public override string ToString() =>
        (Variables.Count == 0 ? string.Empty : $"{string.Join(", ", Variables)} {(Assigns ? "=" : ":=")} ") + string.Join(" | ", Commands);
}

/// <summary>A function with arguments, or a single operand.</summary>
internal sealed record CommandNode(int Position, IReadOnlyList<TemplateNode> Operands) : TemplateNode(Position)
{
    public override string ToString() =>
        string.Join(' ', Operands.Select(operand => operand is PipeNode ? $"({operand})" : operand.ToString()));
}

/// <summary><c>if</c>, <c>with</c> or <c>range</c>.</summary>
internal sealed record BlockNode(
    int Position, BlockKind Kind, PipeNode Pipe, IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Else)
    : TemplateNode(Position)
{
    public override string ToString() => $"{Kind} {Pipe}";
}

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record JumpNode(int Position, bool Breaks) : TemplateNode(Position)
{
    public override string ToString() => Breaks ? "break" : "continue";
}
