using System.Collections.Immutable;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Puts the startup manifest in the place of the one in force: the root and what users uploaded stay, as after any full update. Who starts a Coordinator is no user of
/// its manifest, so that the options allow this in simulation alone, where a build makes the manifest and nothing is protected.
/// </summary>
internal sealed class StartupUpdate(
    CurrentState current, StateWriter writer, ManifestReading reading, ManifestPreparation preparation, AuditLog audit, TimeProvider timeProvider)
{
    private const string Action = "update.startup";

    /// <param name="raw">The manifest.</param>
    /// <param name="keep">Makes new recovery secrets durable before the manifest is in force.</param>
    /// <returns>By the party's name, its new recovery secret, encrypted; empty if the recovery keys did not change.</returns>
    /// <exception cref="ManifestRefusedException">Nothing was changed; the message says why.</exception>
    public async Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> ApplyAsync(
        ReadOnlyMemory<byte> raw, Action<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> keep)
    {
        Manifest manifest = reading.Read(raw, ManifestPurpose.Update);
        reading.Demand(manifest, ManifestPurpose.Update);

        // No port is open yet. Only another Coordinator at the same store can come between.
        PreparedManifest prepared = preparation.Update(current.Value, raw, manifest);
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets = prepared.RecoverySecrets ?? ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Empty;
        keep(secrets);
        string fingerprint = prepared.Next.Manifest!.Fingerprint;
        AuditHead head = await audit.RecordAsync(AuditOutcome.Allowed, Action, actor: default, ("manifestFingerprint", fingerprint));
        await audit.DemandDoneAsync(Action, actor: default, writer.ChangeAsync(
            newest => prepared.ApplyTo(newest) is { } next
                ? (next.Recorded(head, UpdateLogEntry.ManifestUpdated(timeProvider.GetUtcNow(), fingerprint)), true)
                : throw new ManifestRefusedException("another Coordinator changed the state meanwhile; start again"),
            CancellationToken.None));
        return secrets;
    }
}
