using MarbleRun.Manifests.Templates.Formatting;

namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>Parses operands: literals, paths, variables, names of functions.</summary>
internal sealed partial class TemplateParser
{
    private TemplateNode ParseOperand(ref TemplateLexer lexer, TemplateToken token, int depth)
    {
        switch (token.Kind)
        {
            case TemplateTokenKind.Field:
                return new PathNode(token.Start, [_text.Slice(token.Start + 1, token.End)]);

            case TemplateTokenKind.Dot:
                return new DotNode(token.Start);

            case TemplateTokenKind.Variable:
                return _variables.Contains(Show(token))
                    ? new VariableNode(token.Start, Show(token), [])
                    : throw _text.ActionError(token.Start, lexer.Action, $"undefined variable \"{Show(token)}\"");

            case TemplateTokenKind.Quoted:
                return ParseString(token, lexer.Action);

            case TemplateTokenKind.Character:
                return new NumberNode(
                    token.Start,
                    Show(token),
                    QuotedString.TryUnquoteCharacter(_text.Bytes[token.Start..token.End], out int character)
                        ? character
                        : throw _text.ActionError(token.Start, lexer.Action, $"malformed character constant: {Show(token)}"));

            case TemplateTokenKind.Number:
                return ParseNumber(token, lexer.Action);

            case TemplateTokenKind.LeftParenthesis:
                return ParseGroup(ref lexer, token, depth);

            case TemplateTokenKind.Word:
                return ParseWord(token, lexer.Action);

            default:
                throw _text.ActionError(token.Start, lexer.Action, $"unexpected {Show(token)} in operand");
        }
    }

    private PipeNode ParseGroup(ref TemplateLexer lexer, TemplateToken parenthesis, int depth)
    {
        TemplateLexer ahead = lexer;
        return ahead.NextOperand().Kind == TemplateTokenKind.Variable
            && ahead.Peek().Kind is TemplateTokenKind.Declare or TemplateTokenKind.Assign or TemplateTokenKind.Comma
            ? throw _text.ActionError(
                parenthesis.Start,
                lexer.Action,
                "variables inside parentheses are not supported by this Coordinator; set the variable in an action of its own")
            : ParsePipe(ref lexer, "parenthesized pipeline", depth + 1, out _) with { Position = parenthesis.Start };
    }

    private StringNode ParseString(TemplateToken token, int action)
    {
        if (token.End - token.Start > _limits.MaxLiteral)
        {
            throw _text.ActionError(token.Start, action, $"a string literal of more than {_limits.MaxLiteral} bytes");
        }

        return new StringNode(
            token.Start,
            Show(token),
            QuotedString.TryUnquote(_text.Bytes[token.Start..token.End], out byte[] value)
                ? value
                : throw _text.ActionError(token.Start, action, $"invalid syntax in string {Show(token)}"));
    }

    private NumberNode ParseNumber(TemplateToken token, int action)
    {
        string number = Show(token);
        return IntegerLiteral.Parse(number, out long value) switch
        {
            IntegerLiteralKind.Integer => new NumberNode(token.Start, number, value),
            IntegerLiteralKind.TooLarge => throw _text.ActionError(token.Start, action, $"integer overflow: {number}"),
            IntegerLiteralKind.Fraction => throw _text.ActionError(
                token.Start, action, $"fractions and complex numbers are not supported by this Coordinator: {number}"),
            _ => throw _text.ActionError(token.Start, action, $"bad number syntax: {number}"),
        };
    }

    private static TemplateFaultKind KindOf(string unknownFunction) => unknownFunction switch
    {
        "raw" => TemplateFaultKind.RawInVariable,
        "string" => TemplateFaultKind.StringInFile,
        _ => TemplateFaultKind.Other,
    };

    private TemplateNode ParseWord(TemplateToken token, int action)
    {
        string word = Show(token);
        return word switch
        {
            "true" or "false" => new BooleanNode(token.Start, word == "true"),
            "nil" => new NilNode(token.Start),
            _ when TemplateWords.LeftOut.Contains(word) =>
                throw _text.ActionError(token.Start, action, $"{word} is not supported by this Coordinator"),
            _ when TemplateWords.Keywords.Contains(word) => throw _text.ActionError(token.Start, action, $"unexpected <{word}> in operand"),
            _ when _isFunction(word) => new FunctionNode(token.Start, word),
            _ => throw _text.ActionError(token.Start, action, $"function \"{word}\" not defined", KindOf(word)),
        };
    }

    /// <summary>Adds a field to the operand directly before it. Errors refer to the second field of a path.</summary>
    private TemplateNode Extend(TemplateNode operand, TemplateToken field, int action)
    {
        string name = _text.Slice(field.Start + 1, field.End);
        return operand switch
        {
            // Each field copies the path before it, so a path of unlimited length would cost the square of its length.
            PathNode { Fields.Count: var count } when count >= _limits.MaxFields => throw TooManyFields(field, action),
            ChainNode { Fields.Count: var count } when count >= _limits.MaxFields => throw TooManyFields(field, action),
            VariableNode { Fields.Count: var count } when count >= _limits.MaxFields => throw TooManyFields(field, action),
            PathNode path => new PathNode(path.Fields.Count == 1 ? field.Start : path.Position, [.. path.Fields, name]),
            VariableNode variable => variable with { Fields = [.. variable.Fields, name] },
            ChainNode chain => chain with { Fields = [.. chain.Fields, name] },
            PipeNode pipe => new ChainNode(field.Start, pipe, [name]),
            _ => throw _text.ActionError(field.Start, action, $"unexpected .{name} after {operand}"),
        };
    }

    private TemplateException TooManyFields(TemplateToken field, int action) =>
        _text.ActionError(field.Start, action, $"more than {_limits.MaxFields} fields in one path");

    /// <summary>
    /// The format of <c>printf</c> must be a literal: the value of a secret is never a format, and the arguments are counted here.
    /// </summary>
    private CommandNode WithFormat(CommandNode command, int arguments, int action)
    {
        if (command.Operands.Count < 2 || command.Operands[1] is not StringNode literal)
        {
            throw _text.ActionError(command.Position, action, "printf needs a string literal as its format in this Coordinator");
        }

        if (!PrintFormat.TryParse(literal.Value, out PrintFormat? format, out string? fault))
        {
            throw _text.ActionError(literal.Position, action, $"printf: {fault}");
        }

        return format.Verbs == arguments
            ? command with
            {
                Operands = [command.Operands[0], new FormatNode(literal.Position, literal.Quoted, format), .. command.Operands.Skip(2)],
            }
            : throw _text.ActionError(
                literal.Position, action, $"printf: the format {literal.Quoted} takes {format.Verbs} values, there are {arguments}");
    }
}
