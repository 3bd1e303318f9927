using System.Collections.Immutable;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Goes on with a mesh by the startup manifest and its owners' signatures. Puts it in the place of the one in force: the root and what
/// users uploaded stay, as after any full update. Who starts a Coordinator is not a user of its manifest, so that the options allow this in
/// simulation alone, where a build makes the manifest and nothing is protected.
/// </summary>
internal sealed class StartupUpdate(
    CurrentState current, ManifestReading reading, ManifestPreparation preparation, Decisions decisions, TimeProvider timeProvider)
{
    private const string Action = "update.startup";
    private const string SignAction = "manifest.sign";

    /// <param name="raw">The manifest.</param>
    /// <param name="signatures">What its owners signed, not verified.</param>
    /// <param name="keep">Makes new recovery secrets durable before the manifest is in force.</param>
    /// <param name="cancellationToken">Ends the work until the change is recorded.</param>
    /// <returns>By the party's name, its new recovery secret, encrypted; empty if the recovery keys did not change.</returns>
    /// <exception cref="ManifestRefusedException">Nothing was changed; the message says why.</exception>
    public async Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> ApplyAsync(
        ReadOnlyMemory<byte> raw,
        ImmutableArray<ManifestSignature> signatures,
        Action<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> keep,
        CancellationToken cancellationToken)
    {
        ManifestReport report = reading.Check(reading.Read(raw, ManifestPurpose.Update), ManifestPurpose.Update);
        OwnerSignatures.Require(signatures, Manifest.ComputeFingerprint(raw.Span));

        // No port is open yet. Only another Coordinator at the same store can come between.
        PreparedManifest prepared = preparation
            .Update(current.Value, raw, report, cancellationToken)
            .SignedBy(OwnerSignatures.Merge([], signatures));
        cancellationToken.ThrowIfCancellationRequested();
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets = prepared.RecoverySecrets
            ?? ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Empty;
        keep(secrets);
        string fingerprint = prepared.Next.Manifest!.Fingerprint;
        await decisions.MakeAsync(
            Decision.Of(Action, actor: default, [("manifestFingerprint", fingerprint), .. OwnerSignatures.Detail(signatures)]),
            newest => prepared.ApplyTo(newest) ?? throw Overtaken(),
            UpdateLogEntry.ManifestUpdated(timeProvider.GetUtcNow(), fingerprint));
        return secrets;
    }

    /// <summary>Adds signatures to those of the manifest in force; that changes nothing where they are there.</summary>
    /// <exception cref="ManifestRefusedException">One is not good. Nothing was changed.</exception>
    public async Task SignAsync(ImmutableArray<ManifestSignature> signatures)
    {
        CoordinatorState state = current.Value;
        string fingerprint = state.Manifest!.Fingerprint;
        OwnerSignatures.Require(signatures, fingerprint);
        if (OwnerSignatures.Merge(state.ManifestSignatures, signatures).SequenceEqual(state.ManifestSignatures))
        {
            return;
        }

        await decisions.MakeAsync(
            Decision.Of(SignAction, actor: default, [("manifestFingerprint", fingerprint), .. OwnerSignatures.Detail(signatures)]),
            newest => ReferenceEquals(newest.Manifest, state.Manifest)
                ? newest with { ManifestSignatures = OwnerSignatures.Merge(newest.ManifestSignatures, signatures) }
                : throw Overtaken());
    }

    private static ManifestRefusedException Overtaken() => new("another Coordinator changed the state meanwhile; start again");
}
