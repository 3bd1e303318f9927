using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Templates;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Finds the values of secrets for one Marble instance: kept ones from the state, private ones derived. Only what is asked for.</summary>
internal static class SecretResolver
{
    /// <param name="state">Holds the kept values and the root secret.</param>
    /// <param name="manifest">Defines the secrets.</param>
    /// <param name="names">The secrets that are needed; names that the manifest does not define are left out.</param>
    /// <param name="uuid">The instance.</param>
    /// <param name="binding">The Marble type, or empty if the Marble's secrets are not bound to it.</param>
    public static Dictionary<string, TemplateSecret> Resolve(CoordinatorState state, Manifest manifest, IEnumerable<string> names, Guid uuid, string binding)
    {
        var secrets = new Dictionary<string, TemplateSecret>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
            {
                secrets[name] = ToTemplateSecret(definition, Find(state, definition, name, uuid, binding));
            }
        }

        return secrets;
    }

    /// <summary>A secret as templates see it.</summary>
    public static TemplateSecret ToTemplateSecret(SecretDefinition definition, StoredSecret value) => new()
    {
        Type = definition.Type,
        Size = definition.Size,
        Shared = definition.Shared,
        UserDefined = definition.UserDefined,
        ValidFor = definition.ValidFor,
        Private = value.Private,
        Public = value.Public,
    };

    private static StoredSecret Find(CoordinatorState state, SecretDefinition definition, string name, Guid uuid, string binding)
    {
        if (definition.Shared || definition.UserDefined)
        {
            return state.Secrets[name];
        }

        byte[] key = SecretDerivation.Derive(state.RootSecret.Span, uuid, name, binding, checked((int)(definition.Size / 8)));
        return new StoredSecret(key, key);
    }
}
