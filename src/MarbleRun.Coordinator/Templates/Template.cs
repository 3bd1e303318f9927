using System.Buffers;
using MarbleRun.Coordinator.Templates.Execution;
using MarbleRun.Coordinator.Templates.Parsing;

namespace MarbleRun.Coordinator.Templates;

/// <summary>
/// A file or environment variable of a manifest with places that secrets are put into. The language is the part of Go's text/template that manifests use:
/// text of any bytes, actions of a function and a path, pipes, <c>index</c>, parentheses, string literals, comments and trim markers.
/// Everything else is refused when the template is parsed, so that nothing can loop, and what a Marble needs is known beforehand.
/// </summary>
internal sealed class Template
{
    private readonly TemplateText _text;
    private readonly IReadOnlyList<TemplateNode> _nodes;
    private readonly TemplateFunctions _functions;
    private readonly TemplateLimits _limits;

    private Template(TemplateText text, IReadOnlyList<TemplateNode> nodes, TemplateFunctions functions, TemplateLimits limits)
    {
        _text = text;
        _nodes = nodes;
        _functions = functions;
        _limits = limits;
        References = ReferenceCollector.Collect(nodes);
    }

    /// <summary>The secrets that the template names.</summary>
    public TemplateReferences References { get; }

    /// <exception cref="TemplateException">The source is not in the language; the message says where and why.</exception>
    public static Template Parse(ReadOnlySpan<byte> source, TemplateTarget target, TemplateLimits? limits = null)
    {
        limits ??= TemplateLimits.Default;
        var text = new TemplateText(source.ToArray());
        var functions = TemplateFunctions.For(target);
        return new Template(text, new TemplateParser(text, functions, limits).Parse(), functions, limits);
    }

    /// <summary>Writes the text with all actions replaced by their results. What was written before a failure stays in the output.</summary>
    /// <exception cref="TemplateException">A path leads nowhere, a function refuses its argument, or the result is too long.</exception>
    public void Execute(TemplateData data, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(output);
        var execution = new TemplateExecution(_text, _functions, data, output, _limits.MaxOutput);
        foreach (TemplateNode node in _nodes)
        {
            execution.Run(node);
        }
    }
}
