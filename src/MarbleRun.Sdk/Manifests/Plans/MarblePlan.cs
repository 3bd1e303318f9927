using System.Collections.Immutable;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Plans;

/// <summary>
/// The parameters of a Marble type with parsed templates. A plan is created once, when the manifest is set, and rendered at every
/// activation. It is immutable and thread-safe.
/// </summary>
public sealed class MarblePlan
{
    /// <summary>The limit for the work of one activation: twice the limit of one template.</summary>
    private const long MaxSteps = 2_000_000;

    /// <summary>A visit takes about as long as 32 bytes that a function reads or creates.</summary>
    private const int StepsOfVisit = 4;

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
        IdentityFiles = NamesOfIdentity(files);
        IdentityVariables = NamesOfIdentity(environment);
    }

    /// <summary>The secrets that the Marble's parameters name through <c>.Secrets</c>; its activation needs no others.</summary>
    public ImmutableSortedSet<string> Secrets => References.Secrets;

    /// <summary>The secrets that the Marble's parameters name through <c>.Previous.Secrets</c>.</summary>
    public ImmutableSortedSet<string> PreviousSecrets => References.PreviousSecrets;

    /// <summary>The arguments; never templates.</summary>
    public ImmutableArray<string> Arguments { get; }

    /// <summary>
    /// The paths of files whose templates can reach <c>.MarbleRun.MarbleCert</c>. They cannot be rendered for a Marble that made its key
    /// itself.
    /// </summary>
    public ImmutableArray<string> IdentityFiles { get; }

    /// <summary>The names of environment variables whose templates can reach <c>.MarbleRun.MarbleCert</c>.</summary>
    public ImmutableArray<string> IdentityVariables { get; }

    internal TemplateReferences References { get; }

    /// <summary>The connections that are wrapped in TLS; empty for most Marbles.</summary>
    internal TlsPolicy Tls { get; }

    internal ImmutableArray<PlannedValue> Files { get; }

    internal ImmutableArray<PlannedValue> Environment { get; }

    /// <summary>
    /// The sets of names of secrets that plans refer to. Many plans may share the set of all names, which is returned once.
    /// </summary>
    /// <param name="plans">The plans.</param>
    public static IReadOnlyCollection<ImmutableSortedSet<string>> SecretSetsOf(IEnumerable<MarblePlan> plans) =>
        plans.SelectMany(plan => new[] { plan.References.Secrets, plan.References.PreviousSecrets })
            .ToHashSet<ImmutableSortedSet<string>>(ReferenceEqualityComparer.Instance);

    /// <summary>Parses the templates of all Marbles of a manifest. Returns their plans by type.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <exception cref="TemplateException">
    /// A template cannot be parsed, or a variable contains a zero byte; the message names Marble and place.
    /// </exception>
    /// <exception cref="KeyNotFoundException">The manifest does not define a TLS tag of a Marble.</exception>
    public static ImmutableSortedDictionary<string, MarblePlan> CreateAll(Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ImmutableSortedSet<string> secrets = TemplateReferences.Names(manifest.Secrets.Keys);
        return manifest.Marbles.Keys.ToImmutableSortedDictionary(
            marble => marble, marble => Create(marble, manifest, secrets), StringComparer.Ordinal);
    }

    /// <summary>
    /// Renders the parameters of Marbles before a manifest or secrets take effect, so that a template that can never work is refused then.
    /// </summary>
    /// <param name="manifest">Defines the secrets.</param>
    /// <param name="plans">The Marbles, by type.</param>
    /// <param name="known">Returns a secret whose value is known, by its name; if it returns null, a stand-in is used.</param>
    /// <param name="cancellationToken">Cancels the work between any two Marbles.</param>
    /// <exception cref="TemplateException">A template fails; the message names Marble and place.</exception>
    public static void Try(
        Manifest manifest,
        IEnumerable<KeyValuePair<string, MarblePlan>> plans,
        Func<string, TemplateSecret?> known,
        CancellationToken cancellationToken) =>
        TemplateTrial.Run(manifest, plans, known, cancellationToken);

    /// <summary>Renders the parameters of Marbles with stand-ins for all secrets, for a manifest of an unknown sender.</summary>
    /// <param name="manifest">Defines the secrets.</param>
    /// <param name="plans">The Marbles, by type.</param>
    /// <param name="maxSteps">
    /// The limit for the work of all Marbles together: four steps for each part of a template that is visited, and one for 8 bytes that a
    /// function reads or creates.
    /// </param>
    /// <param name="maxBytes">The limit for the results of all Marbles together.</param>
    /// <param name="cancellationToken">Cancels the work between any two Marbles.</param>
    /// <exception cref="TemplateException">
    /// A template fails, or the templates exceed a limit (<see cref="TemplateException.ExceedsLimit"/>); the message names Marble and
    /// place.
    /// </exception>
    public static void Try(
        Manifest manifest,
        IEnumerable<KeyValuePair<string, MarblePlan>> plans,
        long maxSteps,
        long maxBytes,
        CancellationToken cancellationToken)
    {
        var budget = new TemplateBudget(maxSteps, maxBytes, StepsOfVisit);
        try
        {
            TemplateTrial.Run(manifest, plans, _ => null, budget, cancellationToken);
        }
        catch (TemplateException exception) when (budget.IsSpent)
        {
            throw new TemplateException(exception.Message, exception) { ExceedsLimit = true };
        }
    }

    /// <summary>Parses the templates of a Marble type.</summary>
    /// <param name="marbleType">The type.</param>
    /// <param name="manifest">Defines it, its TLS tags and the secrets.</param>
    /// <param name="secrets">The names of all secrets of the manifest; the same set for all Marbles.</param>
    internal static MarblePlan Create(string marbleType, Manifest manifest, ImmutableSortedSet<string> secrets) =>
        Create(marbleType, manifest, secrets, hasTls: true, actions: null, (_, _, exception) => throw exception);

    /// <summary>Parses the templates of a Marble type, without those that cannot be parsed.</summary>
    /// <param name="marbleType">The type.</param>
    /// <param name="manifest">Defines it, its TLS tags and the secrets.</param>
    /// <param name="secrets">The names of all secrets of the manifest; the same set for all Marbles.</param>
    /// <param name="hasTls">Whether its TLS tags are read.</param>
    /// <param name="actions">The bytes of actions that this Marble shares with others; null if they are not limited.</param>
    /// <param name="refuse">
    /// Receives target, name and fault of each value that cannot be parsed; returns whether the values after it are parsed.
    /// </param>
    internal static MarblePlan Create(
        string marbleType,
        Manifest manifest,
        ImmutableSortedSet<string> secrets,
        bool hasTls,
        ActionBudget? actions,
        Func<TemplateTarget, string, TemplateException, bool> refuse)
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
                    values.Add(PlannedValue.Create(marbleType, name, file, target, actions));
                }
                catch (TemplateException exception)
                {
                    if (!refuse(target, name, exception))
                    {
                        break;
                    }
                }
            }

            return values.DrainToImmutable();
        }
    }

    /// <summary>
    /// Renders the TTLS policy of one instance: JSON that contains private keys; null for a Marble without TLS tags.
    /// </summary>
    /// <param name="data">The data of the instance.</param>
    /// <exception cref="TemplateException">
    /// A secret that a TLS tag names has no certificate or no key yet, or the policy is too long to be delivered.
    /// </exception>
    public ReadOnlyMemory<byte>? RenderTlsPolicy(TemplateData data) => Tls.Render(data);

    /// <summary>Renders all files, by path, and all environment variables, by name, within one limit for their work.</summary>
    /// <param name="data">The data of the instance.</param>
    /// <param name="describeFile">Returns the prefix of an error for a path.</param>
    /// <param name="describeVariable">Returns the prefix of an error for a name.</param>
    /// <exception cref="TemplateException">A template fails; the message names the file or variable.</exception>
    public (Dictionary<string, ReadOnlyMemory<byte>> Files, Dictionary<string, ReadOnlyMemory<byte>> Environment) Render(
        TemplateData data, Func<string, string> describeFile, Func<string, string> describeVariable)
    {
        var budget = new TemplateBudget(MaxSteps);
        return (Render(Files, data, budget, describeFile), Render(Environment, data, budget, describeVariable));
    }

    private static ImmutableArray<string> NamesOfIdentity(ImmutableArray<PlannedValue> values) =>
        [.. values.Where(value => value.Template?.References.Identity == true).Select(value => value.Name)];

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
