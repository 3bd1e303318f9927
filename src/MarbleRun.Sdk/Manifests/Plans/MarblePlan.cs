using System.Collections.Immutable;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Plans;

/// <summary>
/// The parameters of a Marble type with parsed templates. A plan is created once, when the manifest is set, and rendered at every
/// activation. It is immutable and thread-safe.
/// </summary>
public sealed class MarblePlan
{
    /// <summary>The longest message that a Marble receives (gRPC's default): a longer plan could never be delivered.</summary>
    internal const int MaxTotal = 4 * 1024 * 1024;

    private MarblePlan(
        ImmutableArray<PlannedValue> files,
        ImmutableArray<PlannedValue> environment,
        TlsPolicy tls,
        ImmutableArray<string> arguments,
        ImmutableSortedSet<string> secrets)
    {
        Files = files;
        Environment = environment;
        Tls = tls;
        Arguments = arguments;
        References = TemplateReferences
            .Union(files.Concat(environment).Select(value => value.Template?.References ?? TemplateReferences.None).Append(tls.References))
            .Within(secrets);
    }

    /// <summary>The secrets that the Marble's parameters name; its activation needs no others.</summary>
    public TemplateReferences References { get; }

    /// <summary>The connections that are wrapped in TLS; empty for most Marbles.</summary>
    public TlsPolicy Tls { get; }

    /// <summary>The arguments; never templates.</summary>
    public ImmutableArray<string> Arguments { get; }

    internal ImmutableArray<PlannedValue> Files { get; }

    internal ImmutableArray<PlannedValue> Environment { get; }

    /// <summary>
    /// The sets of names of secrets that plans refer to. Many plans may share the set of all names, which is returned once.
    /// </summary>
    /// <param name="plans">The plans.</param>
    public static IReadOnlyCollection<ImmutableSortedSet<string>> SecretSetsOf(IEnumerable<MarblePlan> plans) =>
        plans.SelectMany(plan => new[] { plan.References.Secrets, plan.References.PreviousSecrets })
            .ToHashSet<ImmutableSortedSet<string>>(ReferenceEqualityComparer.Instance);

    /// <summary>Parses the templates of a Marble type.</summary>
    /// <param name="marbleType">The type.</param>
    /// <param name="manifest">Defines it, its TLS tags and the secrets.</param>
    /// <param name="secrets">The names of all secrets of the manifest; the same set for all Marbles.</param>
    /// <exception cref="TemplateException">
    /// A template cannot be parsed, or a variable contains a zero byte; the message names Marble and place.
    /// </exception>
    /// <exception cref="KeyNotFoundException">The manifest has no such Marble, or not one of its TLS tags.</exception>
    public static MarblePlan Create(string marbleType, Manifest manifest, ImmutableSortedSet<string> secrets)
    {
        ArgumentNullException.ThrowIfNull(marbleType);
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(secrets);
        return Create(marbleType, manifest, secrets, hasTls: true, (_, _, exception) => throw exception);
    }

    /// <summary>Parses the templates of a Marble type, without those that cannot be parsed.</summary>
    /// <param name="marbleType">The type.</param>
    /// <param name="manifest">Defines it, its TLS tags and the secrets.</param>
    /// <param name="secrets">The names of all secrets of the manifest; the same set for all Marbles.</param>
    /// <param name="hasTls">Whether its TLS tags are read.</param>
    /// <param name="refuse">Receives target, name and fault of each value that cannot be parsed.</param>
    internal static MarblePlan Create(
        string marbleType,
        Manifest manifest,
        ImmutableSortedSet<string> secrets,
        bool hasTls,
        Action<TemplateTarget, string, TemplateException> refuse)
    {
        MarbleDefinition marble = manifest.Marbles[marbleType];
        return new MarblePlan(
            Parse(marble.Parameters.Files, TemplateTarget.File),
            Parse(marble.Parameters.Environment, TemplateTarget.Environment),
            hasTls ? TlsPolicy.Create(marble, manifest) : TlsPolicy.None,
            marble.Parameters.Arguments,
            secrets);

        ImmutableArray<PlannedValue> Parse(ImmutableSortedDictionary<string, ManifestFile> files, TemplateTarget target)
        {
            ImmutableArray<PlannedValue>.Builder values = ImmutableArray.CreateBuilder<PlannedValue>(files.Count);
            foreach ((string name, ManifestFile file) in files)
            {
                try
                {
                    values.Add(PlannedValue.Create(marbleType, name, file, target));
                }
                catch (TemplateException exception)
                {
                    refuse(target, name, exception);
                }
            }

            return values.DrainToImmutable();
        }
    }

    /// <summary>Renders all files, by path.</summary>
    /// <param name="data">The data for the templates.</param>
    /// <param name="budget">The work that the templates may use.</param>
    /// <param name="describe">Returns the prefix of an error for a path.</param>
    /// <exception cref="TemplateException">A template fails; the message names the file.</exception>
    public Dictionary<string, ReadOnlyMemory<byte>> RenderFiles(TemplateData data, TemplateBudget budget, Func<string, string> describe) =>
        Render(Files, data, budget, describe);

    /// <summary>Renders all environment variables, by name.</summary>
    /// <param name="data">The data for the templates.</param>
    /// <param name="budget">The work that the templates may use.</param>
    /// <param name="describe">Returns the prefix of an error for a name.</param>
    /// <exception cref="TemplateException">A template fails; the message names the variable.</exception>
    public Dictionary<string, ReadOnlyMemory<byte>> RenderEnvironment(
        TemplateData data, TemplateBudget budget, Func<string, string> describe) =>
        Render(Environment, data, budget, describe);

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
                rendered[value.Name] = total <= MaxTotal
                    ? content
                    : throw new TemplateException($"with it the results are longer than {MaxTotal} bytes together");
            }
            catch (TemplateException exception)
            {
                throw exception.At(describe(value.Name));
            }
        }

        return rendered;
    }
}
