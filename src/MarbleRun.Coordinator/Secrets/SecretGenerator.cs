using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Plans;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>
/// Makes the secrets that are kept: shared ones with a fresh key, user-defined ones from what the manifest carries. Private ones are made
/// when a Marble needs them.
/// </summary>
internal sealed class SecretGenerator(CertificateSecretIssuer certificates)
{
    /// <summary>
    /// The secrets that anybody can come to see: those that a Marble's templates or TLS tags name, and those that a role may read. What
    /// no caller can see need not exist: a declared key costs nothing until it is used.
    /// </summary>
    public static ImmutableHashSet<string> FindVisible(MeshManifest mesh)
    {
        IEnumerable<string> readable = mesh.Manifest.Roles.Values
            .Where(r => r.ResourceType == ResourceTypes.Secrets)
            .SelectMany(r => r.ResourceNames);
        return MarblePlan.SecretSetsOf(mesh.Plans.Values)
            .SelectMany(names => names)
            .Concat(readable)
            .ToImmutableHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// Values for all user-defined secrets and the visible shared ones. RSA keys take their time: not for the writer's turn.
    /// </summary>
    /// <exception cref="SecretException">A secret cannot be made.</exception>
    /// <exception cref="OperationCanceledException">No caller waits for them any more.</exception>
    public ImmutableSortedDictionary<string, StoredSecret> Generate(
        CoordinatorState state, MeshManifest mesh, UnusedKeys.KeyLease keys, CancellationToken cancellationToken)
    {
        ImmutableHashSet<string> visible = FindVisible(mesh);
        return mesh.Manifest.Secrets
            .Where(s => s.Value.UserDefined || (s.Value.Shared && visible.Contains(s.Key)))
            .ToImmutableSortedDictionary(
                s => s.Key, s => Create(state, s.Key, s.Value, keys: keys, cancellationToken: cancellationToken), StringComparer.Ordinal);
    }

    /// <param name="state">Holds the authority.</param>
    /// <param name="name">The secret's name, for the message.</param>
    /// <param name="definition">The secret.</param>
    /// <param name="notAfter">The end of the certificate that is replaced, or null.</param>
    /// <param name="keys">Where the key comes from, or null for a new one.</param>
    /// <param name="cancellationToken">Looked at before the key is made: that alone takes long, and cannot be ended.</param>
    /// <exception cref="SecretException">It cannot be made.</exception>
    public StoredSecret Create(
        CoordinatorState state,
        string name,
        SecretDefinition definition,
        DateTimeOffset? notAfter = null,
        UnusedKeys.KeyLease? keys = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (definition.UserDefined)
        {
            return new StoredSecret(definition.Private, definition.Public);
        }

        if (definition.Type == SecretTypes.SymmetricKey)
        {
            byte[] key = RandomNumberGenerator.GetBytes(checked((int)(definition.Size / 8)));
            return new StoredSecret(key, key);
        }

        try
        {
            return certificates.Issue(
                state.Authority, definition, keys?.Take(definition) ?? SecretKeyPair.Generate(definition), notAfter);
        }
        catch (Exception exception) when (exception is CertificateTemplateException or CryptographicException)
        {
            throw new SecretException($"secret {name}: {exception.Message}", exception);
        }
    }
}
