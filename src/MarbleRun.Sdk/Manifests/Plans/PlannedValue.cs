using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;
using MarbleRun.Manifests.Templates.Formatting;

namespace MarbleRun.Manifests.Plans;

/// <summary>One file or variable of a Marble: a template, or unchanged bytes.</summary>
internal sealed class PlannedValue
{
    private readonly ReadOnlyMemory<byte> _verbatim;

    private PlannedValue(string name, TemplateTarget target, Template? template, ReadOnlyMemory<byte> verbatim)
    {
        Name = name;
        Target = target;
        Template = template;
        _verbatim = verbatim;
    }

    public string Name { get; }

    public TemplateTarget Target { get; }

    /// <summary>Null for unchanged bytes.</summary>
    public Template? Template { get; }

    /// <exception cref="TemplateException">
    /// The template cannot be parsed, or a variable contains a zero byte; the message names Marble and place.
    /// </exception>
    public static PlannedValue Create(
        string marbleType, string name, ManifestFile file, TemplateTarget target, ActionBudget? actions = null)
    {
        if (target == TemplateTarget.Environment && file.Data.Span.Contains((byte)0))
        {
            throw new TemplateException($"in Marble {marbleType}: env variable: {name}: content contains null bytes")
            {
                Kind = TemplateFaultKind.ZeroByteInVariable,
            };
        }

        // Most values are plain text, which needs no parser.
        if (file.NoTemplates || file.Data.Span.IndexOf("{{"u8) < 0)
        {
            return new PlannedValue(name, target, null, file.Data);
        }

        try
        {
            return new PlannedValue(name, target, Template.Parse(file.Data.Span, target, actions: actions), default);
        }
        catch (TemplateException exception)
        {
            throw exception.At(Describe(marbleType, name, target));
        }
    }

    /// <summary>Returns the prefix of the value's faults.</summary>
    public static string Describe(string marbleType, string name, TemplateTarget target) =>
        $"in Marble {marbleType}: {(target == TemplateTarget.File ? "file" : "env variable")} {name}: ";

    /// <exception cref="TemplateException">The template fails.</exception>
    public ReadOnlyMemory<byte> Render(TemplateData data, TemplateBudget budget)
    {
        if (Template is null)
        {
            return _verbatim;
        }

        var output = new ClearingBufferWriter();
        try
        {
            Template.Execute(data, output, budget);
            return output.Written;
        }
        catch (TemplateException)
        {
            output.Dispose();
            throw;
        }
    }
}
