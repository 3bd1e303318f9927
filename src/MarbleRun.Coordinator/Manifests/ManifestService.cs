using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Signatures;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Sets the first manifest: read, check, prepare; then one durable change.</summary>
internal sealed partial class ManifestService(
    CurrentState current,
    Decisions decisions,
    ManifestReading reading,
    ManifestPreparation preparation,
    Bootstrap bootstrap,
    AuditLog audit,
    RecoveryService recovery,
    RecoveryNeed need,
    IOptions<CoordinatorOptions> options,
    UnusedKeys unusedKeys,
    TimeProvider timeProvider,
    ILogger<ManifestService> logger) : IDisposable
{
    private const string Action = "manifest.set";

    /// <summary>Manifests with RSA keys that anybody sent, which are prepared or wait for it.</summary>
    private const int MaxCostly = 16;
    private const int MaxCostlyOfOneAddress = 2;

    /// <summary>Manifests that anybody sent, which are read or wait for it.</summary>
    private const int MaxReading = 64;
    private const int MaxReadingOfOneAddress = 16;

    private readonly SemaphoreSlim _preparing = new(1, 1);

    /// <summary>
    /// RSA keys cost seconds, and any caller may set the first manifest: such callers wait for each other, and no other caller waits for
    /// them.
    /// </summary>
    private readonly SemaphoreSlim _preparingCostly = new(1, 1);

    private readonly CallPlaces _costly = new(MaxCostly, MaxCostlyOfOneAddress);

    private readonly CallPlaces _reading = new(MaxReading, MaxReadingOfOneAddress);

    public void Dispose()
    {
        _preparing.Dispose();
        _preparingCostly.Dispose();
    }

    /// <param name="read">
    /// Reads the manifest and its owners' signatures; called only if a manifest may be set now, and by this caller.
    /// </param>
    /// <param name="actor">The caller.</param>
    /// <param name="caller">The same for the limits.</param>
    /// <param name="keep">
    /// Of a startup manifest, which the operator set: makes the recovery secrets durable before the manifest is in force. If it throws,
    /// nothing is changed.
    /// </param>
    /// <param name="cancellationToken">Ends wait and work until the change is recorded; after that the change is made anyway.</param>
    /// <returns>By the party's name, its recovery secret, encrypted.</returns>
    /// <exception cref="ManifestRefusedException">Nothing was changed; the message says why.</exception>
    /// <exception cref="NoBootstrapUserException">Only another caller may set the manifest.</exception>
    /// <exception cref="BusyException">Too many others set manifests.</exception>
    public Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> SetAsync(
        Func<Task<ManifestBody>> read,
        AuditActor actor,
        Caller caller,
        Action<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>>? keep,
        CancellationToken cancellationToken) =>
        RecordRefusalAsync(actor, () => TrySetAsync(read, actor, caller, keep, cancellationToken));

    private async Task<T> RecordRefusalAsync<T>(AuditActor actor, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (exception is ManifestRefusedException or NoBootstrapUserException)
        {
            await audit.RecordUnknownCallerAsync(Action, actor, exception.Message);
            throw;
        }
    }

    private async Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> TrySetAsync(
        Func<Task<ManifestBody>> read,
        AuditActor actor,
        Caller caller,
        Action<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>>? keep,
        CancellationToken cancellationToken)
    {
        CoordinatorState state = current.Value;
        ThrowIfNotAccepting(state);
        bool isStartup = keep is not null;
        if (!isStartup)
        {
            bootstrap.RequireUser(actor);
        }

        ManifestBody given = await read();
        bootstrap.RequireManifest(given.Raw);
        bool isTrusted = isStartup || bootstrap.Vouches;
        ManifestReport report = isStartup
            ? Read(given.Raw, isStartup, cancellationToken)
            : await ReadInTurnAsync(given.Raw, caller, cancellationToken);
        OwnerSignatures.Require(given.Signatures, Manifest.ComputeFingerprint(given.Raw));
        ImmutableArray<ManifestSignature> signatures = OwnerSignatures.Merge([], given.Signatures);
        UnusedKeys.KeyLease keys = unusedKeys.Lease();
        PreparedManifest prepared = !isTrusted && HasRsaKeys(report.Manifest!)
            ? await PrepareCostlyAsync(state, given.Raw, report, keys, caller, cancellationToken)
            : await PrepareAsync(_preparing, state, given.Raw, report, isTrusted, keys, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            keys.Return();
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (state.InRecovery && await need.FindObstacleAsync(cancellationToken) is { } obstacle)
        {
            keys.Return();
            throw new ManifestRefusedException($"server is not in expected state: {obstacle}");
        }

        keep?.Invoke(prepared.RecoverySecrets!);
        MeshManifest mesh = prepared.Next.Manifest!;
        var decision = Decision.Of(
            Action,
            actor,
            [
                ("manifestFingerprint", mesh.Fingerprint),
                ("recoveryKeys", mesh.Manifest.RecoveryKeys.Count.ToString(CultureInfo.InvariantCulture)),
                .. OwnerSignatures.Detail(signatures),
            ]);

        // From here on the change is made even if the caller has gone, and must be logged.
        await decisions.MakeAsync(
            decision,
            newest =>
            {
                CoordinatorState next = prepared.ApplyTo(newest) ?? throw AlreadySet();
                return next with { ManifestSignatures = signatures, UpdateLog = [] };
            },
            UpdateLogEntry.InitialManifestSet(timeProvider.GetUtcNow()));
        await recovery.EndAsync();
        unusedKeys.Clear();
        Log.ManifestSet(logger, mesh.Fingerprint, mesh.Manifest.Packages.Count, mesh.Manifest.Marbles.Count);
        return prepared.RecoverySecrets!;
    }

    private static bool HasRsaKeys(Manifest manifest) =>
        manifest.Secrets.Values.Any(s => s is { Type: SecretTypes.CertRsa, Shared: true, UserDefined: false });

    private ManifestReport Read(ReadOnlyMemory<byte> raw, bool isStartup, CancellationToken cancellationToken)
    {
        Manifest manifest = reading.Read(raw, ManifestPurpose.Set);
        cancellationToken.ThrowIfCancellationRequested();
        if (!isStartup)
        {
            bootstrap.RequireFewKeys(manifest);
        }

        return isStartup || bootstrap.Vouches
            ? reading.Check(manifest, ManifestPurpose.Set)
            : reading.CheckUnknown(manifest, bootstrap.MaxActionBytes);
    }

    /// <summary>One at a time, so that many callers with invalid manifests cost no more than one processor.</summary>
    private async Task<ManifestReport> ReadInTurnAsync(ReadOnlyMemory<byte> raw, Caller caller, CancellationToken cancellationToken)
    {
        bootstrap.RequireSmall(raw.Span);
        Take(_reading, caller, "too many manifests are being read");
        try
        {
            await _preparing.WaitAsync(cancellationToken);
            try
            {
                return Read(raw, isStartup: false, cancellationToken);
            }
            finally
            {
                _preparing.Release();
            }
        }
        finally
        {
            _reading.Leave(caller.Address);
        }
    }

    private static void Take(CallPlaces places, Caller caller, string fault)
    {
        PlaceOutcome outcome = places.TryTake(caller.Address);
        if (outcome != PlaceOutcome.Taken)
        {
            throw new BusyException(
                outcome == PlaceOutcome.CallerFull, fault + "; look whether one is set meanwhile, and try again in a moment");
        }
    }

    private async Task<PreparedManifest> PrepareCostlyAsync(
        CoordinatorState state,
        ReadOnlyMemory<byte> raw,
        ManifestReport report,
        UnusedKeys.KeyLease keys,
        Caller caller,
        CancellationToken cancellationToken)
    {
        Take(_costly, caller, "too many manifests with RSA keys are being prepared");
        try
        {
            return await PrepareAsync(_preparingCostly, state, raw, report, isTrusted: false, keys, cancellationToken);
        }
        finally
        {
            _costly.Leave(caller.Address);
        }
    }

    private async Task<PreparedManifest> PrepareAsync(
        SemaphoreSlim turn,
        CoordinatorState state,
        ReadOnlyMemory<byte> raw,
        ManifestReport report,
        bool isTrusted,
        UnusedKeys.KeyLease keys,
        CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (!current.Value.HasSameMesh(state))
            {
                // Another manifest came into force while this one waited: its keys are not made in vain.
                throw AlreadySet();
            }

            Log.Preparing(logger);
            return preparation.First(state, raw, report, isTrusted, keys, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // In this turn, so that the next manifest finds them.
            keys.Return();
            Log.Left(logger);
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    private void ThrowIfNotAccepting(CoordinatorState state)
    {
        if (state.Phase == CoordinatorPhase.Recovery && !options.Value.StartAfresh)
        {
            throw new ManifestRefusedException(
                "server is not in expected state: there is sealed state to be recovered, which a new manifest must not replace. Upload the "
                + "recovery secrets; or, to begin afresh, restart the Coordinator with --start-afresh: the sealed state is kept under "
                + "another name then");
        }

        if (state.Phase == CoordinatorPhase.AcceptingMarbles)
        {
            throw AlreadySet();
        }
    }

    private static ManifestRefusedException AlreadySet() => new(
        "server is not in expected state: a manifest is set already. To change it, send an update (/api/v2/update) as a user whose role "
        + "allows UpdateManifest");

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ManifestSet,
            LogLevel.Information,
            "Initial manifest set: fingerprint {Fingerprint}, {Packages} packages, {Marbles} Marble types.",
            EventName = "ManifestSet")]
        public static partial void ManifestSet(ILogger logger, string fingerprint, int packages, int marbles);

        [LoggerMessage(EventIds.ManifestPreparing, LogLevel.Debug, "A first manifest is being prepared.", EventName = "ManifestPreparing")]
        public static partial void Preparing(ILogger logger);

        [LoggerMessage(
            EventIds.ManifestSenderLeft,
            LogLevel.Information,
            "A first manifest was not set, since its sender left while it was prepared.",
            EventName = "ManifestSenderLeft")]
        public static partial void Left(ILogger logger);
    }
}
