namespace MarbleRun.Coordinator.Templates.Parsing;

/// <summary>The inside of actions: pipes, commands and operands.</summary>
internal sealed partial class TemplateParser
{
    private const string Index = "index";

    /// <summary>Words of the full language that this one leaves out.</summary>
    private static readonly HashSet<string> s_keywords =
        ["if", "else", "end", "range", "with", "define", "template", "block", "break", "continue", "true", "false", "nil"];

    /// <summary>Functions of the full language that this one leaves out.</summary>
    private static readonly HashSet<string> s_leftOut =
        ["and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "slice", "print", "printf", "println", "html", "js", "urlquery", "call"];

    /// <summary>Parses commands up to the token that closes them.</summary>
    private PipeNode ParsePipe(ref TemplateLexer lexer, int action, int depth, out TemplateToken end)
    {
        if (depth > _limits.MaxDepth)
        {
            throw _text.ActionError(lexer.Position, action, $"more than {_limits.MaxDepth} parentheses inside each other");
        }

        int start = SkipBlanks(ref lexer);
        var commands = new List<CommandNode>();
        do
        {
            commands.Add(ParseCommand(ref lexer, action, depth, out end));
        }
        while (end.Kind == TemplateTokenKind.Pipe);

        if (depth > 0 && end.Kind == TemplateTokenKind.ActionEnd)
        {
            throw _text.ActionError(end.Start, action, "unclosed left paren");
        }

        for (int i = 1; i < commands.Count; i++)
        {
            if (commands[i].Operands[0] is not FunctionNode)
            {
                throw _text.ActionError(commands[i].Position, action, $"non executable command in pipeline stage {i + 1}");
            }
        }

        return new PipeNode(start, commands);
    }

    private CommandNode ParseCommand(ref TemplateLexer lexer, int action, int depth, out TemplateToken end)
    {
        int start = SkipBlanks(ref lexer);
        var operands = new List<TemplateNode>();
        bool separated = true;
        while (true)
        {
            end = lexer.Next();
            switch (end.Kind)
            {
                case TemplateTokenKind.Blank:
                    separated = true;
                    continue;

                case TemplateTokenKind.ActionEnd or TemplateTokenKind.Pipe or TemplateTokenKind.RightParenthesis:
                    return operands.Count > 0
                        ? Checked(new CommandNode(start, operands), action)
                        : throw _text.ActionError(end.Start, action, "missing value for command");

                case TemplateTokenKind.Field when !separated:
                    operands[^1] = Extend(operands[^1], end, action);
                    continue;

                default:
                    if (!separated)
                    {
                        throw _text.ActionError(end.Start, action, $"unexpected {_text.Slice(end.Start, end.End)} in operand");
                    }

                    operands.Add(ParseOperand(ref lexer, end, action, depth));
                    separated = false;
                    continue;
            }
        }
    }

    private TemplateNode ParseOperand(ref TemplateLexer lexer, TemplateToken token, int action, int depth)
    {
        switch (token.Kind)
        {
            case TemplateTokenKind.Field:
                return new PathNode(token.Start, [_text.Slice(token.Start + 1, token.End)]);

            case TemplateTokenKind.Quoted:
                string quoted = _text.Slice(token.Start, token.End);
                return new StringNode(
                    token.Start,
                    quoted,
                    QuotedString.TryUnquote(_text.Bytes[token.Start..token.End], out byte[] value)
                        ? value
                        : throw _text.ActionError(token.Start, action, $"invalid syntax in string {quoted}"));

            case TemplateTokenKind.LeftParenthesis:
                return ParsePipe(ref lexer, action, depth + 1, out _) with { Position = token.Start };

            case TemplateTokenKind.Dot:
                throw _text.ActionError(token.Start, action, "the data as a whole is not supported by this Coordinator; name a field such as .Secrets.key");

            default:
                return ParseWord(token, action);
        }
    }

    private FunctionNode ParseWord(TemplateToken token, int action)
    {
        string word = _text.Slice(token.Start, token.End);
        if (s_keywords.Contains(word) || s_leftOut.Contains(word))
        {
            throw _text.ActionError(token.Start, action, $"{word} is not supported by this Coordinator");
        }

        return word == Index || _functions.Contains(word)
            ? new FunctionNode(token.Start, word)
            : throw _text.ActionError(token.Start, action, $"function \"{word}\" not defined");
    }

    /// <summary>Adds a field to an operand that it follows without a blank. Errors point at the second field of a path.</summary>
    private TemplateNode Extend(TemplateNode operand, TemplateToken field, int action)
    {
        string name = _text.Slice(field.Start + 1, field.End);
        return operand switch
        {
            // Each field copies the path before it, so that a path without an end would cost its square.
            PathNode { Fields.Count: var count } when count >= _limits.MaxFields => throw TooManyFields(field, action),
            ChainNode { Fields.Count: var count } when count >= _limits.MaxFields => throw TooManyFields(field, action),
            PathNode path => new PathNode(path.Fields.Count == 1 ? field.Start : path.Position, [.. path.Fields, name]),
            ChainNode chain => chain with { Fields = [.. chain.Fields, name] },
            PipeNode pipe => new ChainNode(field.Start, pipe, [name]),
            _ => throw _text.ActionError(field.Start, action, $"unexpected .{name} after {operand}"),
        };
    }

    private TemplateException TooManyFields(TemplateToken field, int action) =>
        _text.ActionError(field.Start, action, $"more than {_limits.MaxFields} fields in one path");

    /// <summary>Only functions take arguments, and indexing must name its secret, so that it is known before the template runs.</summary>
    private CommandNode Checked(CommandNode command, int action) => command.Operands switch
    {
        [FunctionNode { Name: Index }, PathNode { Fields: ["Secrets"] or ["Previous", "Secrets"] } map, StringNode key] =>
            command with { Operands = [new IndexNode(command.Position, map, key)] },
        var operands when operands.Any(operand => operand is FunctionNode { Name: Index }) => throw _text.ActionError(
            command.Position, action, "index is supported by this Coordinator with .Secrets or .Previous.Secrets and a string only"),
        [FunctionNode, ..] or [_] => command,
        [var first, ..] => throw _text.ActionError(
            command.Position, action, $"can't give argument to non-function {new CommandNode(command.Position, [first])}"),
        _ => command,
    };

    private int SkipBlanks(ref TemplateLexer lexer)
    {
        while (lexer.Position < _text.Bytes.Length
            && TemplateLexer.IsBlank(_text.Bytes[lexer.Position])
            && TemplateLexer.ClosingLength(_text.Bytes[lexer.Position..]) == 0)
        {
            _ = lexer.Next();
        }

        return lexer.Position;
    }
}
