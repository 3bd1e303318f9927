using System.Security.Cryptography;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>
/// Finds the values of secrets for one Marble instance: kept ones from the state, private ones made now. Only what is asked for.
/// </summary>
internal sealed class SecretResolver(CertificateSecretIssuer certificates)
{
    /// <param name="state">Holds the kept values, the root secrets and the authority.</param>
    /// <param name="manifest">Defines the secrets.</param>
    /// <param name="names">The secrets that are needed; names that the manifest does not define are left out.</param>
    /// <param name="generation">Which value is wanted.</param>
    /// <param name="uuid">The instance.</param>
    /// <param name="binding">The Marble type, or empty if the Marble's secrets are not bound to it.</param>
    /// <param name="cancellationToken">
    /// Ends the work between any two of them: keys that are made for a Marble that has gone are of no use.
    /// </param>
    /// <exception cref="SecretException">One of them cannot be made.</exception>
    public Dictionary<string, TemplateSecret> Resolve(
        CoordinatorState state,
        Manifest manifest,
        IEnumerable<string> names,
        SecretGeneration generation,
        Guid uuid,
        string binding,
        CancellationToken cancellationToken)
    {
        var secrets = new Dictionary<string, TemplateSecret>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
            {
                secrets[name] = ToTemplateSecret(definition, Find(state, definition, name, generation, uuid, binding));
            }
        }

        return secrets;
    }

    /// <summary>
    /// Renders the parameters of Marbles before secrets are put in force, so that a template that can never work is refused then.
    /// </summary>
    /// <param name="mesh">The manifest.</param>
    /// <param name="plans">The Marbles, by type.</param>
    /// <param name="values">Values that are known; for other secrets a stand-in is used.</param>
    /// <param name="cancellationToken">Ends the work between any two Marbles.</param>
    /// <exception cref="TemplateException">A template fails; the message names Marble and place.</exception>
    public static void TryTemplates(
        MeshManifest mesh,
        IEnumerable<KeyValuePair<string, MarblePlan>> plans,
        IReadOnlyDictionary<string, StoredSecret> values,
        CancellationToken cancellationToken) =>
        TemplateTrial.Run(
            mesh.Manifest,
            plans,
            name => values.TryGetValue(name, out StoredSecret? value) ? ToTemplateSecret(mesh.Manifest.Secrets[name], value) : null,
            cancellationToken);

    /// <summary>A secret as templates see it.</summary>
    public static TemplateSecret ToTemplateSecret(SecretDefinition definition, StoredSecret value) =>
        TemplateSecret.Create(definition, value.Certificate, value.Public, value.Private);

    private StoredSecret Find(
        CoordinatorState state, SecretDefinition definition, string name, SecretGeneration generation, Guid uuid, string binding)
    {
        bool isPrevious = generation == SecretGeneration.Previous;
        if (definition.Shared || definition.UserDefined)
        {
            return isPrevious && state.PreviousSecrets.TryGetValue(name, out StoredSecret? previous) ? previous : state.Secrets[name];
        }

        if (definition.Type == SecretTypes.SymmetricKey)
        {
            ReadOnlyMemory<byte> rootSecret = isPrevious && !state.PreviousRootSecret.IsEmpty ? state.PreviousRootSecret : state.RootSecret;
            byte[] key = SecretDerivation.Derive(rootSecret.Span, uuid, name, binding, checked((int)(definition.Size / 8)));
            return new StoredSecret(key, key);
        }

        try
        {
            return certificates.Issue(state.Authority, definition);
        }
        catch (Exception exception) when (exception is CertificateTemplateException or CryptographicException)
        {
            throw new SecretException($"secret {name}: {exception.Message}", exception);
        }
    }
}
