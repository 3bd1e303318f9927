using MarbleRun.Coordinator.Templates.Execution;

namespace MarbleRun.Coordinator.Templates.Parsing;

/// <summary>Splits a template into text and actions.</summary>
internal sealed partial class TemplateParser(TemplateText text, TemplateFunctions functions, TemplateLimits limits)
{
    private readonly TemplateText _text = text;
    private readonly TemplateFunctions _functions = functions;
    private readonly TemplateLimits _limits = limits;
    private readonly List<TemplateNode> _nodes = [];
    private int _actions;

    public IReadOnlyList<TemplateNode> Parse()
    {
        ReadOnlySpan<byte> bytes = _text.Bytes;
        int position = 0;
        bool trimStart = false;
        while (true)
        {
            int length = bytes[position..].IndexOf("{{"u8);
            int end = length < 0 ? bytes.Length : position + length;
            bool trimEnd = length >= 0 && HasOpeningTrim(bytes[(end + 2)..]);
            AddText(position, end, trimStart, trimEnd);
            if (length < 0)
            {
                return _nodes;
            }

            if (++_actions > _limits.MaxActions)
            {
                throw _text.ParseError(end, $"more than {_limits.MaxActions} actions");
            }

            (position, trimStart) = ParseAction(end, end + (trimEnd ? 4 : 2));
        }
    }

    private static bool HasOpeningTrim(ReadOnlySpan<byte> rest) => rest.Length >= 2 && rest[0] == '-' && TemplateLexer.IsBlank(rest[1]);

    private void AddText(int start, int end, bool trimStart, bool trimEnd)
    {
        while (trimStart && start < end && TemplateLexer.IsBlank(_text.Bytes[start]))
        {
            start++;
        }

        while (trimEnd && start < end && TemplateLexer.IsBlank(_text.Bytes[end - 1]))
        {
            end--;
        }

        if (start < end)
        {
            _nodes.Add(new LiteralNode(start, end - start));
        }
    }

    /// <summary>Parses from behind the opening delimiter, and says where text goes on and whether it is to be trimmed.</summary>
    private (int Position, bool Trim) ParseAction(int action, int start)
    {
        if (_text.Bytes[start..].StartsWith("/*"u8))
        {
            return SkipComment(start);
        }

        var lexer = new TemplateLexer(_text, action, start);
        PipeNode pipe = ParsePipe(ref lexer, action, 0, out TemplateToken end);
        if (end.Kind != TemplateTokenKind.ActionEnd)
        {
            throw _text.ActionError(end.Start, action, "unexpected right paren");
        }

        _nodes.Add(pipe);
        return (end.End, end.End - end.Start > 2);
    }

    private (int Position, bool Trim) SkipComment(int start)
    {
        int length = _text.Bytes[(start + 2)..].IndexOf("*/"u8);
        if (length < 0)
        {
            throw _text.ParseError(start, "unclosed comment");
        }

        int end = start + 2 + length + 2;
        int closing = TemplateLexer.ClosingLength(_text.Bytes[end..]);
        return closing > 0 ? (end + closing, closing > 2) : throw _text.ParseError(end, "comment ends before closing delimiter");
    }
}
