using System.Text;

namespace MarbleRun.Manifests.Templates;

/// <summary>The source of a template, and errors that refer to it.</summary>
internal sealed class TemplateText(byte[] bytes)
{
    /// <summary>All templates have this name on the wire.</summary>
    private const string Name = "data";

    /// <summary>The largest part of an expression that is shown.</summary>
    private const int MaxExpression = 200;

    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The line of a position, from 1.</summary>
    public int LineOf(int position) => 1 + bytes.AsSpan(0, position).Count((byte)'\n');

    /// <summary>Creates an error of parsing, which contains only the line.</summary>
    public TemplateException ParseError(int position, string message, TemplateFaultKind kind = TemplateFaultKind.Other) =>
        new($"template: {Name}:{LineOf(position)}: {message}") { Kind = kind };

    /// <summary>Creates an error inside an action, which contains the start of the action if that is on another line.</summary>
    public TemplateException ActionError(int position, int action, string message, TemplateFaultKind kind = TemplateFaultKind.Other)
    {
        int line = LineOf(action);
        string where = line == LineOf(position) ? string.Empty
            : message.EndsWith(" action", StringComparison.Ordinal) ? $" started at {Name}:{line}"
            : $" in action started at {Name}:{line}";
        return ParseError(position, message + where, kind);
    }

    /// <summary>Creates an error of execution, with the column counted in bytes from 0, and the expression that failed.</summary>
    public TemplateException ExecutionError(
        int position, string expression, string message, TemplateFaultKind kind = TemplateFaultKind.Other)
    {
        int lineStart = bytes.AsSpan(0, position).LastIndexOf((byte)'\n') + 1;
        string shown = expression.Length <= MaxExpression ? expression : expression[..MaxExpression] + "...";
        return new TemplateException(
            $"template: {Name}:{LineOf(position)}:{position - lineStart}: executing \"{Name}\" at <{shown}>: {message}")
        {
            Kind = kind,
        };
    }

    /// <summary>Returns a part as text, for messages.</summary>
    public string Slice(int start, int end) => Encoding.UTF8.GetString(bytes.AsSpan(start, end - start));
}
