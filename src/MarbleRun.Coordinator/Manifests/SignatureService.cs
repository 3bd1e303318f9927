using System.Collections.Immutable;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Takes owners' signatures of the manifest in force after it was set. Whether a signature is an owner's is for Marbles to decide; here,
/// unknown callers must not fill the places. So users who may update the manifest bring in new keys, and the holder of a key that is
/// there renews its signature.
/// </summary>
internal sealed partial class SignatureService(Decisions decisions, AuditLog audit, ILogger<SignatureService> logger)
{
    private const string Action = "manifest.sign";

    /// <summary>Verifies signatures and keeps them; when this returns they are durable.</summary>
    /// <param name="state">The state in which the caller was found.</param>
    /// <param name="read">Reads the signatures; called only if the caller may add or renew any.</param>
    /// <param name="user">The user, or null for other callers.</param>
    /// <param name="actor">The caller.</param>
    /// <returns>All signatures that are kept.</returns>
    /// <exception cref="ManifestRefusedException">
    /// No manifest is set, a signature is invalid, or there are too many. Nothing was changed.
    /// </exception>
    /// <exception cref="SignerNotAdmittedException">
    /// No signature by this key is kept, and the caller may not add one. Nothing was changed.
    /// </exception>
    public async Task<ImmutableArray<ManifestSignature>> AddAsync(
        CoordinatorState state, Func<Task<ImmutableArray<ManifestSignature>>> read, MeshUser? user, AuditActor actor)
    {
        MeshManifest mesh = await RecordRefusalAsync(user, actor, () => RequireManifest(state, user));
        ImmutableArray<ManifestSignature> given = await read();
        ImmutableArray<ManifestSignature> fresh = await RecordRefusalAsync(user, actor, () => Select(state, mesh, given, user));
        if (fresh.IsEmpty)
        {
            return state.ManifestSignatures;
        }

        ImmutableArray<ManifestSignature> all = await decisions.MakeAsync(
            Decision.Of(Action, actor, [("manifestFingerprint", mesh.Fingerprint), .. OwnerSignatures.Detail(fresh)]),
            newest =>
            {
                // Only then are they verified, and the caller admitted.
                ImmutableArray<ManifestSignature> merged = ReferenceEquals(newest.Manifest, mesh)
                    ? OwnerSignatures.Merge(newest.ManifestSignatures, fresh)
                    : throw new ManifestRefusedException("another manifest is in force now; let the owner sign that one");
                return (newest with { ManifestSignatures = merged }, merged);
            });
        Log.Signed(logger, mesh.Fingerprint, OwnerSignatures.Keys(fresh));
        return all;
    }

    /// <summary>What is new. Cheap questions come first: what is not verified costs next to nothing.</summary>
    private static ImmutableArray<ManifestSignature> Select(
        CoordinatorState state, MeshManifest mesh, ImmutableArray<ManifestSignature> given, MeshUser? user)
    {
        if (!MayAdd(user) && given.FirstOrDefault(g => !state.ManifestSignatures.Any(known => known.Key.Equals(g.Key))) is { } unknown)
        {
            throw NotAdmitted($"the manifest has no signature by key {unknown.Key.Fingerprint} yet");
        }

        ImmutableArray<ManifestSignature> fresh =
            [.. given.Where(g => !state.ManifestSignatures.Any(known => known.Key.Equals(g.Key) && known.Sequence >= g.Sequence))];
        OwnerSignatures.Require(fresh, mesh.Fingerprint);
        OwnerSignatures.Merge(state.ManifestSignatures, fresh);
        return fresh;
    }

    private async Task<T> RecordRefusalAsync<T>(MeshUser? user, AuditActor actor, Func<T> decide)
    {
        try
        {
            return decide();
        }
        catch (Exception exception) when (exception is ManifestRefusedException or SignerNotAdmittedException)
        {
            await (user is null
                ? audit.RecordUnknownCallerAsync(Action, actor, exception.Message)
                : audit.RecordRefusalAsync(Action, actor, ("reason", exception.Message)));
            throw;
        }
    }

    private static bool MayAdd(MeshUser? user) => user?.May(RoleActions.UpdateManifest) == true;

    private static MeshManifest RequireManifest(CoordinatorState state, MeshUser? user)
    {
        MeshManifest mesh = state.Manifest
            ?? throw new ManifestRefusedException("server is not in expected state: there is no manifest to be signed yet");
        return MayAdd(user) || !state.ManifestSignatures.IsEmpty ? mesh : throw NotAdmitted("the manifest has no signature yet");
    }

    private static SignerNotAdmittedException NotAdmitted(string why) =>
        new($"{why}; a user who may update the manifest ({RoleActions.UpdateManifest}) brings the first one of a key");

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ManifestSigned,
            LogLevel.Information,
            "Manifest {Fingerprint} has owners' signatures by: {Keys}.",
            EventName = "ManifestSigned")]
        public static partial void Signed(ILogger logger, string fingerprint, string keys);
    }
}

/// <summary>
/// Somebody without the right to it gave a signature by a key of which none is kept. The message may be sent to the caller.
/// </summary>
internal sealed class SignerNotAdmittedException(string message) : Exception(message);
