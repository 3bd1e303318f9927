using System.Collections.Immutable;

namespace MarbleRun.Manifests.Templates;

/// <summary>
/// The parameters of a Marble type with their templates parsed: made once when the manifest is set, rendered at every activation. Does not change; safe for
/// use by several threads.
/// </summary>
public sealed class MarblePlan
{
    /// <summary>A Marble receives no longer message than this (gRPC's default), so that a plan with more could never be delivered.</summary>
    internal const int MaxTotal = 4 * 1024 * 1024;

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
    /// <exception cref="TemplateException">A template cannot be parsed, or a variable holds a zero byte; the message names Marble and place.</exception>
    /// <exception cref="KeyNotFoundException">The manifest has no such Marble, or not one of its TLS tags.</exception>
    public static MarblePlan Create(string marbleType, Manifest manifest, ImmutableSortedSet<string> secrets)
    {
        ArgumentNullException.ThrowIfNull(marbleType);
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(secrets);
        MarbleDefinition marble = manifest.Marbles[marbleType];
        ParametersDefinition parameters = marble.Parameters;
        return new MarblePlan(
            [.. parameters.Files.Select(f => PlannedValue.Create(marbleType, f.Key, f.Value, TemplateTarget.File))],
            [.. parameters.Environment.Select(e => PlannedValue.Create(marbleType, e.Key, e.Value, TemplateTarget.Environment))],
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
}
