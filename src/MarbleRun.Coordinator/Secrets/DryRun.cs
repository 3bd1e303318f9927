using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Renders the parameters of Marbles before secrets are put in force, so that a template that can never work is refused then.</summary>
internal sealed class DryRun(SecretResolver resolver)
{
    /// <summary>Rendering is quick, but a manifest may ask for any number of Marbles; 256 MiB are far more than a mesh needs.</summary>
    private const long MaxTotal = 256 * 1024 * 1024;

    /// <summary>The same for the work: 500 steps for each of 10,000 Marbles. A file with a few secrets takes ten.</summary>
    private const long MaxSteps = 5_000_000;

    /// <summary>More than a certificate with its keys is long, whatever its template says.</summary>
    private const int CertificateLength = 8 * 1024;

    /// <summary>One for all dummies: a manifest may name any number of secrets.</summary>
    private static readonly ReadOnlyMemory<byte> s_dummy = Enumerable.Repeat((byte)'A', Math.Max(CertificateLength, SecretDerivation.MaxSize)).ToArray();

    /// <param name="mesh">The manifest.</param>
    /// <param name="values">Values that are known; for all other secrets a dummy stands that has the parts which its type can have.</param>
    /// <param name="isConcerned">Which Marbles to render.</param>
    /// <param name="cancellationToken">Ends the work between any two of them.</param>
    /// <exception cref="TemplateException">A template fails; the message names Marble and place.</exception>
    public void Demand(
        MeshManifest mesh, IReadOnlyDictionary<string, StoredSecret> values, Func<MarblePlan, bool> isConcerned, CancellationToken cancellationToken)
    {
        long total = 0;
        List<KeyValuePair<string, MarblePlan>> plans = [.. mesh.Plans.Where(p => isConcerned(p.Value))];
        Dictionary<string, TemplateSecret> secrets = Find(SecretGenerator.NamesIn(plans.Select(p => p.Value)), mesh.Manifest, values);
        var data = TemplateData.ForDryRun(secrets);
        var budget = new TemplateBudget(MaxSteps);
        foreach ((string marbleType, MarblePlan plan) in plans)
        {
            cancellationToken.ThrowIfCancellationRequested();
            total += TlsPolicyLength(marbleType, plan, data);
            total += Length(plan.RenderFiles(data, budget, path => $"in Marble {marbleType}: file {path}: "));
            total += Length(plan.RenderEnvironment(data, budget, name => $"in Marble {marbleType}: env variable {name}: "));
            if (total > MaxTotal)
            {
                throw new TemplateException($"in Marble {marbleType}: with it the results of all Marbles are longer than {MaxTotal} bytes together");
            }
        }
    }

    private Dictionary<string, TemplateSecret> Find(IEnumerable<string> names, Manifest manifest, IReadOnlyDictionary<string, StoredSecret> values)
    {
        var secrets = new Dictionary<string, TemplateSecret>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (!secrets.ContainsKey(name) && manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
            {
                secrets[name] = resolver.ToTemplateSecret(definition, values.GetValueOrDefault(name) ?? Dummy(definition));
            }
        }

        return secrets;
    }

    private static int TlsPolicyLength(string marbleType, MarblePlan plan, TemplateData data)
    {
        try
        {
            return plan.Tls.Render(data)?.Length ?? 0;
        }
        catch (TemplateException exception)
        {
            throw new TemplateException($"in Marble {marbleType}: TLS: {exception.Message}");
        }
    }

    private static long Length(Dictionary<string, ReadOnlyMemory<byte>> rendered) => rendered.Values.Sum(v => (long)v.Length);

    /// <summary>Parts as long as the real ones; of a plain or certificate secret of a user all that he may give: whether he does shows only later.</summary>
    private static StoredSecret Dummy(SecretDefinition definition)
    {
        int length = SecretGenerator.IsCertificate(definition.Type) ? CertificateLength
            : definition.Type == SecretTypes.SymmetricKey ? (int)(Math.Min(definition.Size, SecretLimits.MaxSymmetricBits) / 8)
            : 1;
        ReadOnlyMemory<byte> part = length <= s_dummy.Length ? s_dummy[..length] : Enumerable.Repeat((byte)'A', length).ToArray();
        return new StoredSecret(part, part, SecretGenerator.IsCertificate(definition.Type) ? part : default);
    }
}
