using System.Collections.Immutable;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Templates;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Renders every Marble's parameters once when the manifest is set, so that a template that can never work is refused then.</summary>
internal static class DryRun
{
    /// <exception cref="TemplateException">A template fails; the message names Marble and place.</exception>
    public static void Demand(Manifest manifest, CoordinatorState state)
    {
        foreach ((string marbleType, MarblePlan plan) in state.Manifest!.Plans)
        {
            ImmutableSortedSet<string> names = plan.References.Secrets.Union(plan.References.PreviousSecrets);
            Dictionary<string, TemplateSecret> secrets = SecretResolver.Resolve(state, manifest, names, Guid.NewGuid(), binding: string.Empty);
            foreach ((string name, TemplateSecret secret) in secrets.Where(s => s.Value.UserDefined).ToList())
            {
                secrets[name] = Uploaded(secret);
            }

            var data = TemplateData.ForDryRun(secrets);
            plan.RenderFiles(data, path => $"in Marble {marbleType}: file {path}: ");
            plan.RenderEnvironment(data, name => $"in Marble {marbleType}: env variable {name}: ");
        }
    }

    /// <summary>A user-defined secret as if its user had given every part of it: whether he does shows only later.</summary>
    private static TemplateSecret Uploaded(TemplateSecret secret)
    {
        byte[] dummy = [0x41];
        return secret with { Certificate = dummy, Private = dummy, Public = dummy };
    }
}
