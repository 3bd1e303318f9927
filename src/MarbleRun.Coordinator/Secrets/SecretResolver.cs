using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Authority;
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
    private const int StandInLength = 8 * 1024;

    /// <param name="state">Holds the kept values, the root secrets and the authority.</param>
    /// <param name="manifest">Defines the secrets.</param>
    /// <param name="names">The secrets that are needed; names that the manifest does not define are left out.</param>
    /// <param name="generation">Which value is wanted.</param>
    /// <param name="uuid">The instance.</param>
    /// <param name="binding">The Marble type, or empty if the Marble's secrets are not bound to it.</param>
    /// <param name="cancellationToken">
    /// Ends the work between any two of them: keys that are made for a Marble that has gone are of no use.
    /// </param>
    /// <param name="issues">
    /// Whether private certificates are issued. Otherwise each is a stand-in, which changes only with the authority that would issue it.
    /// </param>
    /// <exception cref="SecretException">One of them cannot be made.</exception>
    public Dictionary<string, TemplateSecret> Resolve(
        CoordinatorState state,
        Manifest manifest,
        IEnumerable<string> names,
        SecretGeneration generation,
        Guid uuid,
        string binding,
        CancellationToken cancellationToken,
        bool issues = true)
    {
        var secrets = new Dictionary<string, TemplateSecret>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
            {
                secrets[name] = ToTemplateSecret(definition, Find(state, definition, name, generation, uuid, binding, issues));
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
        MarblePlan.Try(
            mesh.Manifest,
            plans,
            name => values.TryGetValue(name, out StoredSecret? value) ? ToTemplateSecret(mesh.Manifest.Secrets[name], value) : null,
            cancellationToken);

    /// <summary>A secret as templates see it.</summary>
    public static TemplateSecret ToTemplateSecret(SecretDefinition definition, StoredSecret value) =>
        TemplateSecret.Create(definition, value.Certificate, value.Public, value.Private);

    private StoredSecret Find(
        CoordinatorState state,
        SecretDefinition definition,
        string name,
        SecretGeneration generation,
        Guid uuid,
        string binding,
        bool issues)
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

        if (!issues)
        {
            return StandInFor(state.Authority);
        }

        try
        {
            return certificates.Issue(state.Authority, definition, SecretKeyPair.Generate(definition));
        }
        catch (Exception exception) when (exception is CertificateTemplateException or CryptographicException)
        {
            throw new SecretException($"secret {name}: {exception.Message}", exception);
        }
    }

    /// <summary>As long as a certificate and its key may be, because templates can measure and cut.</summary>
    private static StoredSecret StandInFor(MeshAuthority authority)
    {
        byte[] digest = SHA256.HashData(authority.MarbleRoot.RawDataMemory.Span);
        byte[] part = [.. Enumerable.Repeat(digest, StandInLength / digest.Length).SelectMany(d => d)];
        return new StoredSecret(part, part, part);
    }
}

/// <summary>Derives the private symmetric keys of Marbles, so that the same instance gets the same key at every activation.</summary>
internal static class SecretDerivation
{
    /// <summary>HKDF with SHA-256 gives no more (RFC 5869, 2.3).</summary>
    public const int MaxSize = 255 * SHA256.HashSizeInBytes;

    /// <summary>HKDF-SHA-256 (RFC 5869) with the inputs of MarbleRun 1.9.</summary>
    /// <param name="rootSecret">The input keying material.</param>
    /// <param name="uuid">The instance; its text in lower case with hyphens, directly followed by the name, is the salt.</param>
    /// <param name="name">The secret's name in the manifest.</param>
    /// <param name="marbleType">The info; empty for a Marble with <c>DisableSecretBinding</c>.</param>
    /// <param name="size">The length in bytes, at most <see cref="MaxSize"/>.</param>
    public static byte[] Derive(ReadOnlySpan<byte> rootSecret, Guid uuid, string name, string marbleType, int size)
    {
        var key = new byte[size];
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            rootSecret,
            key,
            salt: Encoding.UTF8.GetBytes($"{uuid:D}{name}"),
            info: Encoding.UTF8.GetBytes(marbleType));
        return key;
    }
}

/// <summary>Which value of a secret is asked for.</summary>
internal enum SecretGeneration
{
    /// <summary>The one in force.</summary>
    Current = 0,

    /// <summary>The one before the last full update; the one in force where no update changed it.</summary>
    Previous,
}
