using System.Buffers;
using MarbleRun.Manifests.Templates.Execution;
using MarbleRun.Manifests.Templates.Parsing;

namespace MarbleRun.Manifests.Templates;

/// <summary>
/// A file or environment variable of a manifest with places that secrets are put into. The language is a part of Go's text/template: text of any bytes, paths,
/// pipes, variables, conditions, loops over secrets and bytes, and functions. Nested templates, fractions and calls are refused when the template is
/// parsed. There is no recursion, and loops are bounded by steps, so that every execution ends.
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

    /// <summary>The secrets that the template can reach; it gives the same result whether others are there or not.</summary>
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
    /// <param name="data">What paths begin at.</param>
    /// <param name="output">Gets the result; the caller clears it when the secrets in it are not needed any more.</param>
    /// <param name="budget">The work that this execution may make together with others; null if it stands alone.</param>
    /// <exception cref="TemplateException">A path leads nowhere, a function refuses its argument, or the result or the work are beyond the limits.</exception>
    public void Execute(TemplateData data, IBufferWriter<byte> output, TemplateBudget? budget = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(output);
        using var execution = new TemplateExecution(_text, _functions, _limits, data, output, budget);
        execution.Run(_nodes);
    }
}
