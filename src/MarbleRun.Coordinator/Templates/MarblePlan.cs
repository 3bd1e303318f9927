using System.Collections.Immutable;
using MarbleRun.Coordinator.Templates.Formatting;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Templates;

/// <summary>The parameters of a Marble type with their templates parsed: made once when the manifest is set, run at every activation.</summary>
internal sealed class MarblePlan
{
    /// <summary>A Marble receives no longer message than this (gRPC's default), so that a plan with more could never be delivered.</summary>
    private const int MaxTotal = 4 * 1024 * 1024;

    private readonly ImmutableArray<PlannedValue> _files;
    private readonly ImmutableArray<PlannedValue> _environment;

    private MarblePlan(
        ImmutableArray<PlannedValue> files, ImmutableArray<PlannedValue> environment, TlsPolicy tls, ImmutableArray<string> arguments, ImmutableSortedSet<string> secrets)
    {
        _files = files;
        _environment = environment;
        Tls = tls;
        Arguments = arguments;
        References = TemplateReferences
            .Union(files.Concat(environment).Select(value => value.Template?.References ?? TemplateReferences.None).Append(tls.References))
            .Within(secrets);
    }

    /// <summary>The secrets that the Marble's parameters name; no others need to be there at its activation.</summary>
    public TemplateReferences References { get; }

    /// <summary>The connections that are wrapped in TLS; none for most Marbles.</summary>
    public TlsPolicy Tls { get; }

    /// <summary>The arguments; never templates.</summary>
    public ImmutableArray<string> Arguments { get; }

    /// <summary>Parses the templates of a Marble type.</summary>
    /// <param name="marbleType">The type.</param>
    /// <param name="manifest">Defines it, its TLS tags and the secrets.</param>
    /// <param name="secrets">The names of all secrets of the manifest; the same set for all Marbles.</param>
    /// <exception cref="TemplateException">A template cannot be parsed; the message names Marble and place.</exception>
    public static MarblePlan Create(string marbleType, Manifest manifest, ImmutableSortedSet<string> secrets)
    {
        MarbleDefinition marble = manifest.Marbles[marbleType];
        ParametersDefinition parameters = marble.Parameters;
        return new MarblePlan(
            [.. parameters.Files.Select(f => PlannedValue.Create(f.Key, f.Value, TemplateTarget.File, $"in Marble {marbleType}: file {f.Key}: "))],
            [.. parameters.Environment.Select(e => PlannedValue.Create(e.Key, e.Value, TemplateTarget.Environment, $"in Marble {marbleType}: env variable {e.Key}: "))],
            TlsPolicy.Create(marble, manifest),
            parameters.Arguments,
            secrets);
    }

    /// <summary>Renders all files, by path.</summary>
    /// <param name="data">What the templates name.</param>
    /// <param name="budget">The work that they may make.</param>
    /// <param name="describe">What an error begins with, given the path.</param>
    /// <exception cref="TemplateException">A template fails; the message names the file.</exception>
    public Dictionary<string, ReadOnlyMemory<byte>> RenderFiles(TemplateData data, TemplateBudget budget, Func<string, string> describe) =>
        Render(_files, data, budget, describe);

    /// <summary>Renders all environment variables, by name.</summary>
    /// <param name="data">What the templates name.</param>
    /// <param name="budget">The work that they may make.</param>
    /// <param name="describe">What an error begins with, given the name.</param>
    /// <exception cref="TemplateException">A template fails; the message names the variable.</exception>
    public Dictionary<string, ReadOnlyMemory<byte>> RenderEnvironment(TemplateData data, TemplateBudget budget, Func<string, string> describe) =>
        Render(_environment, data, budget, describe);

    private static Dictionary<string, ReadOnlyMemory<byte>> Render(
        ImmutableArray<PlannedValue> values, TemplateData data, TemplateBudget budget, Func<string, string> describe)
    {
        var rendered = new Dictionary<string, ReadOnlyMemory<byte>>(values.Length, StringComparer.Ordinal);
        long total = 0;
        foreach (PlannedValue value in values)
        {
            try
            {
                ReadOnlyMemory<byte> content = value.Render(data, budget);
                total += content.Length;
                rendered[value.Name] = total <= MaxTotal ? content : throw new TemplateException($"with it the results are longer than {MaxTotal} bytes together");
            }
            catch (TemplateException exception)
            {
                throw new TemplateException(describe(value.Name) + exception.Message);
            }
        }

        return rendered;
    }

    /// <summary>One file or variable: a template, or bytes as they are.</summary>
    private sealed record PlannedValue(string Name, Template? Template, ReadOnlyMemory<byte> Verbatim)
    {
        public static PlannedValue Create(string name, ManifestFile file, TemplateTarget target, string place)
        {
            if (file.NoTemplates)
            {
                return new PlannedValue(name, null, file.Data);
            }

            try
            {
                return new PlannedValue(name, Template.Parse(file.Data.Span, target), default);
            }
            catch (TemplateException exception)
            {
                throw new TemplateException(place + exception.Message);
            }
        }

        public ReadOnlyMemory<byte> Render(TemplateData data, TemplateBudget budget)
        {
            if (Template is null)
            {
                return Verbatim;
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
}
