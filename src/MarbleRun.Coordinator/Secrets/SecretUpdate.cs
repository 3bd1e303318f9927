using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>What updates make of the secrets that are kept. RSA keys take their time: not for the writer's turn.</summary>
internal sealed class SecretUpdate(SecretGenerator generator)
{
    /// <summary>
    /// After a full update: what was given by users stays, certificates are issued again, and keys are if the root secret is rotated. Whose
    /// definition changed starts again without a previous value.
    /// </summary>
    /// <param name="state">The state before, with its manifest.</param>
    /// <param name="next">The state after, with its authority.</param>
    /// <param name="mesh">The manifest after.</param>
    /// <param name="cancellationToken">Ends the work between any two keys.</param>
    /// <exception cref="SecretException">A secret cannot be made.</exception>
    public CoordinatorState Replace(CoordinatorState state, CoordinatorState next, MeshManifest mesh, CancellationToken cancellationToken)
    {
        ImmutableHashSet<string> visible = SecretGenerator.FindVisible(mesh);
        bool rotates = mesh.Manifest.Config.RotateRootSecret;
        ImmutableSortedDictionary<string, StoredSecret>.Builder secrets = next.Secrets.Clear().ToBuilder();
        ImmutableSortedDictionary<string, StoredSecret>.Builder previous = next.PreviousSecrets.Clear().ToBuilder();
        foreach ((string name, SecretDefinition definition) in mesh.Manifest.Secrets.Where(s => s.Value.UserDefined || s.Value.Shared))
        {
            bool isVisible = definition.UserDefined || visible.Contains(name);
            if (FindSame(state, name, definition) is not { } old)
            {
                if (isVisible)
                {
                    secrets[name] = generator.Create(next, name, definition, cancellationToken: cancellationToken);
                }
            }
            else if (definition.UserDefined || (!definition.IsCertificate && !rotates))
            {
                secrets[name] = old;
                if (state.PreviousSecrets.TryGetValue(name, out StoredSecret? before))
                {
                    previous[name] = before;
                }
            }
            else if (isVisible)
            {
                secrets[name] = generator.Create(next, name, definition, cancellationToken: cancellationToken);
                previous[name] = old;
            }
        }

        return next with { Secrets = secrets.ToImmutable(), PreviousSecrets = previous.ToImmutable() };
    }

    /// <summary>
    /// After an update of packages: the shared certificates are issued again by the new authority, until the same end; all else stays.
    /// </summary>
    /// <param name="state">The state with its new authority.</param>
    /// <param name="cancellationToken">Ends the work between any two keys.</param>
    /// <exception cref="SecretException">A certificate cannot be made.</exception>
    public CoordinatorState Reissue(CoordinatorState state, CancellationToken cancellationToken)
    {
        ImmutableSortedDictionary<string, StoredSecret> secrets = state.Secrets;
        foreach ((string name, SecretDefinition definition) in state.Manifest!.Manifest.Secrets)
        {
            if (!definition.UserDefined && definition.IsCertificate && state.Secrets.TryGetValue(name, out StoredSecret? old))
            {
                using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(old.Certificate.Span);
                secrets = secrets.SetItem(
                    name, generator.Create(
                        state, name, definition, certificate.NotAfter.ToUniversalTime(), cancellationToken: cancellationToken));
            }
        }

        // What templates see as the value before is that before the last full update, also where nothing was written down of it so far.
        IEnumerable<KeyValuePair<string, StoredSecret>> replaced =
            state.Secrets.Where(s => !ReferenceEquals(s.Value, secrets[s.Key]) && !state.PreviousSecrets.ContainsKey(s.Key));
        return state with { Secrets = secrets, PreviousSecrets = state.PreviousSecrets.AddRange(replaced) };
    }

    private static StoredSecret? FindSame(CoordinatorState state, string name, SecretDefinition definition) =>
        state.Manifest!.Manifest.Secrets.TryGetValue(name, out SecretDefinition? before) && before.HasSameDefinition(definition)
            ? state.Secrets.GetValueOrDefault(name)
            : null;
}
