using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Templates;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Renders every Marble's parameters once when the manifest is set, so that a template that can never work is refused then.</summary>
internal static class DryRun
{
    /// <summary>Rendering is quick, but a manifest may ask for any number of Marbles; 256 MiB are far more than a mesh needs.</summary>
    private const long MaxTotal = 256 * 1024 * 1024;

    /// <summary>The same for the work: more than a thousand times what a mesh of a thousand Marbles takes.</summary>
    private const long MaxSteps = 20_000_000;

    /// <exception cref="TemplateException">A template fails; the message names Marble and place.</exception>
    public static void Demand(Manifest manifest, CoordinatorState state)
    {
        // One instance stands for all: a private secret is made once, however many Marbles name it.
        TemplateReferences references = TemplateReferences.Union(state.Manifest!.Plans.Values.Select(plan => plan.References));
        Dictionary<string, TemplateSecret> secrets =
            SecretResolver.Resolve(state, manifest, references.Secrets.Union(references.PreviousSecrets), Guid.NewGuid(), binding: string.Empty);
        foreach ((string name, TemplateSecret secret) in secrets.Where(s => s.Value.UserDefined).ToList())
        {
            secrets[name] = Uploaded(secret);
        }

        var data = TemplateData.ForDryRun(secrets);
        var budget = new TemplateBudget(MaxSteps);
        long total = 0;
        foreach ((string marbleType, MarblePlan plan) in state.Manifest.Plans)
        {
            total += TlsPolicyLength(marbleType, plan, data);
            total += Length(plan.RenderFiles(data, budget, path => $"in Marble {marbleType}: file {path}: "));
            total += Length(plan.RenderEnvironment(data, budget, name => $"in Marble {marbleType}: env variable {name}: "));
            if (total > MaxTotal)
            {
                throw new TemplateException($"in Marble {marbleType}: with it the results of all Marbles are longer than {MaxTotal} bytes together");
            }
        }
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

    /// <summary>A user-defined secret as if its user had given every part of it: whether he does shows only later.</summary>
    private static TemplateSecret Uploaded(TemplateSecret secret)
    {
        byte[] dummy = [0x41];
        return secret with { Certificate = dummy, Private = dummy, Public = dummy };
    }
}
