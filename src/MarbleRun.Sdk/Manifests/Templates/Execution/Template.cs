using System.Buffers;
using MarbleRun.Manifests.Templates.Functions;
using MarbleRun.Manifests.Templates.Parsing;

namespace MarbleRun.Manifests.Templates.Execution;

/// <summary>
/// A file or environment variable of a manifest with placeholders for secrets. The language is a subset of Go's text/template: text of any
/// bytes, paths, pipes, variables, conditions, loops over secrets and bytes, and functions. Nested templates, fractions and calls are
/// refused when the template is parsed. There is no recursion, and loops are limited by steps, so every execution ends.
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

    /// <summary>The secrets that the template can reach; other secrets do not affect its result.</summary>
    public TemplateReferences References { get; }

    /// <summary>Parses a template.</summary>
    /// <param name="source">The text.</param>
    /// <param name="target">Where the result goes.</param>
    /// <param name="limits">The limits; null for the default.</param>
    /// <param name="actions">The bytes of actions that this template shares with others; null if they are not limited.</param>
    /// <exception cref="TemplateException">The source is not valid in the language; the message gives the place and the reason.</exception>
    public static Template Parse(
        ReadOnlySpan<byte> source, TemplateTarget target, TemplateLimits? limits = null, ActionBudget? actions = null)
    {
        limits ??= TemplateLimits.Default;
        var text = new TemplateText(source.ToArray());
        var functions = TemplateFunctions.For(target);
        return new Template(text, new TemplateParser(text, functions.Contains, limits, actions).Parse(), functions, limits);
    }

    /// <summary>
    /// Writes the text with all actions replaced by their results. After a failure, the output contains what was already written.
    /// </summary>
    /// <param name="data">The data for paths.</param>
    /// <param name="output">Receives the result; the caller clears it when the secrets in it are not needed any more.</param>
    /// <param name="budget">The work that this execution shares with others; null if it has its own.</param>
    /// <exception cref="TemplateException">
    /// A path does not exist, a function refuses its argument, or the result or the work exceeds the limits.
    /// </exception>
    public void Execute(TemplateData data, IBufferWriter<byte> output, TemplateBudget? budget = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(output);
        using var execution = new TemplateExecution(_text, _functions, _limits, data, output, budget);
        execution.Run(_nodes);
    }
}
