namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>Splits a template into text and actions, in one pass. Blocks and parentheses can be nested, up to a limit.</summary>
internal sealed partial class TemplateParser(
    TemplateText text, Func<string, bool> isFunction, TemplateLimits limits, ActionBudget? budget)
{
    private const int BytesOfDelimiters = 4;

    private readonly TemplateText _text = text;
    private readonly Func<string, bool> _isFunction = isFunction;
    private readonly TemplateLimits _limits = limits;

    /// <summary>The variables in scope, the innermost last.</summary>
    private readonly List<string> _variables = [RootVariable];

    private int _position;
    private bool _trims;
    private int _actions;
    private int _blocks;
    private int _loops;

    public IReadOnlyList<TemplateNode> Parse()
    {
        List<TemplateNode> nodes = ParseBody(out BodyEnd end);
        return end.Kind == BodyEndKind.Text
            ? nodes
            : throw _text.ParseError(end.Position, $"unexpected {{{{{(end.Kind == BodyEndKind.End ? "end" : "else")}}}}}");
    }

    private static bool HasOpeningTrim(ReadOnlySpan<byte> rest) => rest.Length >= 2 && rest[0] == '-' && TemplateLexer.IsBlank(rest[1]);

    /// <summary>Parses text and actions up to the action that ends the block, or the end of the text.</summary>
    private List<TemplateNode> ParseBody(out BodyEnd end)
    {
        ReadOnlySpan<byte> bytes = _text.Bytes;
        var nodes = new List<TemplateNode>();
        while (true)
        {
            int length = bytes[_position..].IndexOf("{{"u8);
            int action = length < 0 ? bytes.Length : _position + length;
            bool trimEnd = length >= 0 && HasOpeningTrim(bytes[(action + 2)..]);
            AddText(nodes, _position, action, trimEnd);
            if (length < 0)
            {
                _position = bytes.Length;
                end = new BodyEnd(BodyEndKind.Text, bytes.Length, bytes.Length);
                return nodes;
            }

            if (++_actions > _limits.MaxActions)
            {
                throw _text.ParseError(action, $"more than {_limits.MaxActions} actions");
            }

            Spend(BytesOfDelimiters, action);
            int start = action + (trimEnd ? 4 : 2);
            if (bytes[start..].StartsWith("/*"u8))
            {
                SkipComment(start);
            }
            else if (ParseAction(nodes, new TemplateLexer(_text, action, start)) is { } found)
            {
                end = found;
                return nodes;
            }
        }
    }

    /// <summary>Before the work is done that costs.</summary>
    private void Spend(int bytes, int position)
    {
        if (budget?.TrySpend(bytes) == false)
        {
            TemplateException fault = _text.ParseError(
                position, $"with it the actions of all templates have more than {budget.Bytes} bytes together");
            throw new TemplateException(fault.Message, fault) { ExceedsLimit = true };
        }
    }

    private void AddText(List<TemplateNode> nodes, int start, int end, bool trimEnd)
    {
        while (_trims && start < end && TemplateLexer.IsBlank(_text.Bytes[start]))
        {
            start++;
        }

        while (trimEnd && start < end && TemplateLexer.IsBlank(_text.Bytes[end - 1]))
        {
            end--;
        }

        if (start < end)
        {
            nodes.Add(new LiteralNode(start, end - start));
        }
    }

    private void SkipComment(int start)
    {
        int length = _text.Bytes[(start + 2)..].IndexOf("*/"u8);
        if (length < 0)
        {
            throw _text.ParseError(start, "unclosed comment");
        }

        int end = start + 2 + length + 2;
        int closing = TemplateLexer.ClosingLength(_text.Bytes[end..]);
        if (closing == 0)
        {
            throw _text.ParseError(end, "comment ends before closing delimiter");
        }

        GoOnBehind(new TemplateToken(TemplateTokenKind.ActionEnd, end, end + closing));
    }

    /// <summary>Continues the text after the end of an action; it is trimmed if the action requests that.</summary>
    private void GoOnBehind(TemplateToken actionEnd)
    {
        _position = actionEnd.End;
        _trims = actionEnd.End - actionEnd.Start > 2;
    }

    /// <summary>The end of a body of text and actions.</summary>
    /// <param name="Kind">The kind of end.</param>
    /// <param name="Position">The start of the action.</param>
    /// <param name="Rest">For <see cref="BodyEndKind.ElseIf"/>: the start of the condition.</param>
    private readonly record struct BodyEnd(BodyEndKind Kind, int Position, int Rest);

    private enum BodyEndKind
    {
        Text,
        End,
        Else,
        ElseIf,
    }
}
