using System.Collections.Immutable;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Everything that a manifest brings, made before the writer's turn.</summary>
/// <param name="Basis">The state that it was made from.</param>
/// <param name="Next">The state with it in force.</param>
/// <param name="RecoverySecrets">By the party's name, its new secret, encrypted; null if the recovery keys did not change.</param>
internal sealed record PreparedManifest(
    CoordinatorState Basis, CoordinatorState Next, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>? RecoverySecrets)
{
    /// <summary>The same with owners' signatures beside the manifest.</summary>
    public PreparedManifest SignedBy(ImmutableArray<ManifestSignature> signatures) =>
        this with { Next = Next with { ManifestSignatures = signatures } };

    /// <summary>
    /// The successor of the newest state: it keeps what others counted in the meantime. Null if the configuration that this was made from
    /// has changed.
    /// </summary>
    public CoordinatorState? ApplyTo(CoordinatorState newest) =>
        newest.Configuration.HasSameManifest(Basis.Configuration)
            ? Next with
            {
                Generation = newest.Generation,
                Activations = newest.Activations,
                ManifestSignatures = ReferenceEquals(Next.Manifest, newest.Manifest) ? newest.ManifestSignatures : Next.ManifestSignatures,
                Counters = newest.Counters,
                Revocations = newest.Revocations,
                UpdateLog = newest.UpdateLog,
                AuditHeads = newest.AuditHeads,
                RecentActivations = newest.RecentActivations,
            }
            : null;

    public override string ToString() => "prepared manifest";
}
