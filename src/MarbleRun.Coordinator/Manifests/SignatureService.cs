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
internal sealed partial class SignatureService(CurrentState current, Decisions decisions, AuditLog audit, ILogger<SignatureService> logger)
{
    private const string Action = "manifest.sign";

    /// <summary>Whether the caller may bring anything, before it is read.</summary>
    /// <exception cref="ManifestRefusedException">There is no manifest.</exception>
    /// <exception cref="SignerNotAdmittedException">There is no key that the caller could renew the signature of.</exception>
    public Task DemandAnyAsync(MeshUser? user, AuditActor actor) => RecordRefusalAsync(user, actor, () =>
    {
        DemandManifest(current.Value);
        return !MayAdd(user) && current.Value.ManifestSignatures.IsEmpty ? throw NotAdmitted("the manifest has no signature yet") : true;
    });

    /// <summary>Verifies signatures and keeps them; when this returns they are durable.</summary>
    /// <returns>All that are kept.</returns>
    /// <exception cref="ManifestRefusedException">One is not good, or they are too many. Nothing was changed.</exception>
    /// <exception cref="SignerNotAdmittedException">
    /// A key is not there yet, and the caller may not bring it. Nothing was changed.
    /// </exception>
    public async Task<ImmutableArray<ManifestSignature>> AddAsync(ImmutableArray<ManifestSignature> given, MeshUser? user, AuditActor actor)
    {
        CoordinatorState state = current.Value;
        MeshManifest mesh = DemandManifest(state);
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
        OwnerSignatures.Demand(fresh, mesh.Fingerprint);
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

    private static MeshManifest DemandManifest(CoordinatorState state) =>
        state.Manifest ?? throw new ManifestRefusedException("server is not in expected state: there is no manifest to be signed yet");

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
