using System.Collections.Immutable;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>What an update would do.</summary>
/// <param name="IsPackageUpdate">Whether only security versions would be raised.</param>
/// <param name="Fingerprint">Of the update manifest.</param>
/// <param name="Missing">How many acknowledgments besides the sender's would be needed; 0 if it would be applied at once.</param>
/// <param name="MissingUsers">Who could give them.</param>
/// <param name="NewRecoverySecrets">Whether all parties would get new recovery secrets, and the old ones open nothing new.</param>
/// <param name="Changes">What would be other than now, by section and name.</param>
/// <param name="Marbles">By Marble type: why running Marbles must activate again, or can't any more.</param>
/// <param name="Warnings">What an operator might not expect.</param>
internal sealed record UpdateEffects(
    bool IsPackageUpdate,
    string Fingerprint,
    int Missing,
    ImmutableArray<string> MissingUsers,
    bool NewRecoverySecrets,
    ImmutableArray<ManifestChange> Changes,
    ImmutableSortedDictionary<string, ImmutableArray<string>> Marbles,
    ImmutableArray<string> Warnings)
{
    public static UpdateEffects OfPackages(PreparedManifest prepared, ReadOnlyMemory<byte> raw) => new(
        IsPackageUpdate: true,
        Manifest.ComputeFingerprint(raw.Span),
        Missing: 0,
        MissingUsers: [],
        NewRecoverySecrets: false,
        ManifestChanges.Find(prepared.Basis, prepared.Next),
        MarbleEffects.Find(prepared.Basis, prepared.Next),
        Warnings: []);

    public static UpdateEffects OfManifest(PreparedManifest prepared, PendingUpdate pending) => new(
        IsPackageUpdate: false,
        pending.Fingerprint,
        pending.Missing,
        pending.Missing == 0 ? [] : pending.MissingUsers,
        prepared.RecoverySecrets is not null,
        ManifestChanges.Find(prepared.Basis, prepared.Next),
        MarbleEffects.Find(prepared.Basis, prepared.Next),
        [.. UpdateWarnings.Find(prepared.Basis, prepared.Next)]);
}
