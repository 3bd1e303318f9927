using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Sets the first manifest: read, check, prepare; then one durable change.</summary>
internal sealed partial class ManifestService(
    CurrentState current,
    StateWriter writer,
    ManifestReading reading,
    ManifestPreparation preparation,
    AuditLog audit,
    RecoveryService recovery,
    IOptions<CoordinatorOptions> options,
    TimeProvider timeProvider,
    ILogger<ManifestService> logger) : IDisposable
{
    private const string Action = "manifest.set";

    /// <summary>RSA keys cost seconds, and whoever comes first may set the manifest: one is prepared at a time.</summary>
    private readonly SemaphoreSlim _preparing = new(1, 1);

    public void Dispose() => _preparing.Dispose();

    /// <summary>Whether a manifest may be set now.</summary>
    /// <exception cref="ManifestRefusedException">It may not.</exception>
    public Task DemandPhaseAsync(AuditActor actor) => RecordRefusalAsync(actor, () =>
    {
        DemandPhase(current.Value);
        return Task.FromResult(true);
    });

    /// <param name="given">The manifest, and its owners' signatures.</param>
    /// <param name="actor">Who sets it.</param>
    /// <param name="keep">Makes the recovery secrets durable before the manifest is in force; whatever it throws leaves everything as it was.</param>
    /// <param name="cancellationToken">Ends the wait; the change may be made all the same.</param>
    /// <returns>By the party's name, its recovery secret, encrypted.</returns>
    /// <exception cref="ManifestRefusedException">Nothing was changed; the message says why.</exception>
    public Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> SetAsync(
        ManifestBody given, AuditActor actor, Action<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>>? keep, CancellationToken cancellationToken) =>
        RecordRefusalAsync(actor, () => TrySetAsync(given, actor, keep, cancellationToken));

    private async Task<T> RecordRefusalAsync<T>(AuditActor actor, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (ManifestRefusedException exception)
        {
            await audit.RecordStrangerAsync(Action, actor, exception.Message);
            throw;
        }
    }

    private async Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> TrySetAsync(
        ManifestBody given, AuditActor actor, Action<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>>? keep, CancellationToken cancellationToken)
    {
        DemandPhase(current.Value);
        Manifest manifest = reading.Read(given.Raw, ManifestPurpose.Set);
        reading.Demand(manifest, ManifestPurpose.Set);
        OwnerSignatures.Demand(given.Signatures, Manifest.ComputeFingerprint(given.Raw));
        ImmutableArray<ManifestSignature> signatures = OwnerSignatures.Merge([], given.Signatures);
        PreparedManifest prepared = await PrepareAsync(given.Raw, manifest, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        keep?.Invoke(prepared.RecoverySecrets!);
        MeshManifest mesh = prepared.Next.Manifest!;
        AuditHead head = await audit.RecordAsync(
            AuditOutcome.Allowed,
            Action,
            actor,
            [
                ("manifestFingerprint", mesh.Fingerprint),
                ("recoveryKeys", manifest.RecoveryKeys.Count.ToString(CultureInfo.InvariantCulture)),
                .. OwnerSignatures.Detail(signatures),
            ]);

        // From here on the change is made whoever waits for it, and must be told to the log.
        await audit.DemandDoneAsync(Action, actor, writer.ChangeAsync(
            state =>
            {
                DemandPhase(state);
                CoordinatorState next = prepared.ApplyTo(state) ?? throw Unexpected();
                return (next with
                {
                    ManifestSignatures = signatures,
                    UpdateLog = [UpdateLogEntry.InitialManifestSet(timeProvider.GetUtcNow())],
                    AuditHead = head,
                }, true);
            },
            CancellationToken.None));
        await recovery.EndAsync();
        Log.ManifestSet(logger, mesh.Fingerprint, manifest.Packages.Count, manifest.Marbles.Count);
        return prepared.RecoverySecrets!;
    }

    private async Task<PreparedManifest> PrepareAsync(ReadOnlyMemory<byte> raw, Manifest manifest, CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken);
        try
        {
            CoordinatorState state = current.Value;
            DemandPhase(state);
            return preparation.First(state, raw, manifest);
        }
        finally
        {
            _preparing.Release();
        }
    }

    private void DemandPhase(CoordinatorState state)
    {
        if (state.Phase == CoordinatorPhase.Recovery && !options.Value.StartAfresh)
        {
            throw new ManifestRefusedException(
                "server is not in expected state: there is sealed state to be recovered, which a new manifest must not replace. Upload the recovery secrets; "
                + "or, to begin afresh, restart the Coordinator with --start-afresh: the sealed state is kept under another name then");
        }

        if (state.Phase == CoordinatorPhase.AcceptingMarbles)
        {
            throw Unexpected();
        }
    }

    private static ManifestRefusedException Unexpected() => new("server is not in expected state");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Initial manifest set: fingerprint {Fingerprint}, {Packages} packages, {Marbles} Marble types.", EventName = "ManifestSet")]
        public static partial void ManifestSet(ILogger logger, string fingerprint, int packages, int marbles);
    }
}
