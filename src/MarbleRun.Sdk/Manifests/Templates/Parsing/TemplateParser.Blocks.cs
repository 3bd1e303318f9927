namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>Parses actions, and the blocks that they begin and end.</summary>
internal sealed partial class TemplateParser
{
    /// <summary>Parses one action. Returns the end if the action ends the enclosing body.</summary>
    private BodyEnd? ParseAction(List<TemplateNode> nodes, TemplateLexer lexer)
    {
        TemplateToken first = lexer.Peek();
        switch (first.Kind == TemplateTokenKind.Word ? _text.Slice(first.Start, first.End) : string.Empty)
        {
            case "if":
                nodes.Add(ParseBlock(BlockKind.If, Behind(lexer)));
                return null;

            case "with":
                nodes.Add(ParseBlock(BlockKind.With, Behind(lexer)));
                return null;

            case "range":
                nodes.Add(ParseBlock(BlockKind.Range, Behind(lexer)));
                return null;

            case "end":
                Close(Behind(lexer), "end");
                return new BodyEnd(BodyEndKind.End, first.Start, first.End);

            case "else":
                return ParseElse(Behind(lexer), first);

            case "break" or "continue" when _loops == 0:
                string jump = _text.Slice(first.Start, first.End);
                throw _text.ActionError(first.Start, lexer.Action, $"{{{{{jump}}}}} outside {{{{range}}}}");

            case "break":
                Close(Behind(lexer), "break");
                nodes.Add(new JumpNode(first.Start, Breaks: true));
                return null;

            case "continue":
                Close(Behind(lexer), "continue");
                nodes.Add(new JumpNode(first.Start, Breaks: false));
                return null;

            default:
                nodes.Add(ParseWholePipe(lexer, "command"));
                return null;
        }
    }

    private static TemplateLexer Behind(TemplateLexer lexer)
    {
        _ = lexer.NextOperand();
        return lexer;
    }

    private void Close(TemplateLexer lexer, string what)
    {
        TemplateToken end = lexer.NextOperand();
        if (end.Kind != TemplateTokenKind.ActionEnd)
        {
            throw _text.ActionError(end.Start, lexer.Action, $"unexpected <{_text.Slice(end.Start, end.End)}> in {what}");
        }

        GoOnBehind(end);
    }

    private BodyEnd ParseElse(TemplateLexer lexer, TemplateToken word)
    {
        TemplateToken next = lexer.Peek();
        switch (next.Kind == TemplateTokenKind.Word ? _text.Slice(next.Start, next.End) : string.Empty)
        {
            case "if":
                return new BodyEnd(BodyEndKind.ElseIf, lexer.Action, next.End);

            case "with":
                throw _text.ActionError(
                    next.Start, lexer.Action, "else with is not supported by this Coordinator; put the with into the else");

            default:
                Close(lexer, "else");
                return new BodyEnd(BodyEndKind.Else, word.Start, word.End);
        }
    }

    /// <summary>Parses from the end of the keyword to the end of the block.</summary>
    private BlockNode ParseBlock(BlockKind kind, TemplateLexer lexer)
    {
        if (++_blocks > _limits.MaxBlocks)
        {
            throw _text.ActionError(lexer.Position, lexer.Action, $"more than {_limits.MaxBlocks} blocks inside each other");
        }

        int scope = _variables.Count;
        string keyword = kind.ToString().ToLowerInvariant();
        PipeNode pipe = ParseWholePipe(lexer, keyword);
        _loops += kind == BlockKind.Range ? 1 : 0;
        List<TemplateNode> body = ParseBody(out BodyEnd end);
        _loops -= kind == BlockKind.Range ? 1 : 0;

        List<TemplateNode> otherwise = [];
        switch (end.Kind)
        {
            case BodyEndKind.ElseIf when kind == BlockKind.If:
                otherwise.Add(ParseBlock(BlockKind.If, new TemplateLexer(_text, end.Position, end.Rest)));
                break;

            case BodyEndKind.ElseIf:
                throw _text.ParseError(end.Position, $"unexpected <if> in else of {keyword}");

            case BodyEndKind.Else:
                otherwise = ParseBody(out end);
                if (end.Kind is BodyEndKind.Else or BodyEndKind.ElseIf)
                {
                    throw _text.ParseError(end.Position, "expected end; found {{else}}");
                }

                break;
        }

        if (end.Kind == BodyEndKind.Text)
        {
            throw _text.ParseError(end.Position, $"unexpected EOF: the {keyword} of line {_text.LineOf(lexer.Action)} has no end");
        }

        _variables.RemoveRange(scope, _variables.Count - scope);
        _blocks--;
        return new BlockNode(lexer.Action, kind, pipe, body, otherwise);
    }
}
