using System.Security.Cryptography;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Loads and saves the state: serialise, seal, store, and the way back. The state is sealed with a key of its own, which is sealed for the
/// platform; that is done again only when one of them changes. Counters are sealed apart, before the state that knows of them. Used by one
/// caller at a time.
/// </summary>
/// <remarks>
/// Two blobs cannot change at once. So counters come into the state itself whenever the state's key changes, and leave it with the next
/// commit: at every moment the state on the disk names counters that are there, or holds them. In a shared store they are always in the
/// state, because only what one commit replaces is the same for all Coordinators.
/// </remarks>
internal sealed partial class StateRepository(
    IStateStore store, KeySealer keySealer, ILogger<StateRepository> logger, IGenerationGuard? guard = null)
    : IDisposable
{
    private readonly CounterRepository _counters = new(store);
    private readonly RollbackCheck _rollback = new(guard, logger);

    private StateVersion? _version;
    private SealedKey? _sealedKey;
    private SealingKey? _dataKey;
    private string? _seal;

    /// <summary>The state that waits for its key since the start, until it is recovered or replaced.</summary>
    public LockedState? Locked { get; private set; }

    /// <summary>Whether other Coordinators may change the state, too.</summary>
    public bool IsShared => store.IsShared;

    /// <summary>The version of what was read or saved last; null if there is nothing in the store.</summary>
    public StateVersion? Version => _version;

    /// <summary>What was saved last.</summary>
    /// <exception cref="SealedStateException">It is damaged, of another mode or release, or was rolled back.</exception>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public async Task<LoadedState> LoadAsync(CancellationToken cancellationToken)
    {
        GuardedGenerations newest = await _rollback.ReadGuardAsync(cancellationToken);
        if (await store.LoadAsync(cancellationToken) is not { } stored)
        {
            return newest == default
                ? new LoadedState(null, null, newest)
                : throw RollbackCheck.RolledBack("state", newest.State.Number, "no state was found");
        }

        _version = stored.Version;
        ReadOnlyMemory<byte> recoveryData = StateSealer.ReadClear(stored.Blobs.Data, keySealer.Mode).RecoveryData;
        IReadOnlyList<SealingKey> keys;
        SealingPolicy policy;
        try
        {
            (keys, policy) = await keySealer.OpenAsync(stored.Blobs.Key, cancellationToken);
        }
        catch (UnsealableKeyException exception)
        {
            return await LockAsync(stored.Blobs.Data, recoveryData, newest, exception.Message);
        }

        if (!recoveryData.IsEmpty && !keys.Any(key => KeyTag.Fits(recoveryData.Span, key)))
        {
            return await LockAsync(
                stored.Blobs.Data,
                recoveryData,
                newest,
                "'sealed_key' holds another key than that of 'sealed_data', or 'sealed_data' is damaged. Put back the files that belong "
                + "together, if they are there.");
        }

        CoordinatorState opened = LockedState.Open(stored.Blobs.Data, keySealer.Mode, keys);
        if (await keySealer.FindFaultAsync(opened.Authority.RootHash, opened.Manifest?.Manifest, cancellationToken) is { } fault)
        {
            return await LockAsync(stored.Blobs.Data, recoveryData, newest, fault);
        }

        CoordinatorState state = await _counters.OpenAsync(opened, cancellationToken);
        _rollback.RequireNotRolledBack(state, stored.Blobs.Data, newest);
        _dataKey = state.Protection.Key;
        _seal = StateSealer.SealOf(stored.Blobs.Data.Span);
        _sealedKey = keys.Count == 1 && policy == PolicyOf(state) ? new SealedKey(state.Protection.Key, policy, stored.Blobs.Key) : null;
        if (store.IsShared)
        {
            // Each Coordinator has its own guard, which learns what it has seen.
            await _rollback.AdvanceGuardAsync(state, _seal);
            return new LoadedState(_sealedKey is null ? await CommitAsync(state) : state, null, newest);
        }

        if (guard is not null)
        {
            // Another Coordinator on a copy of the state hears of this start by it.
            state = state with { Generation = Math.Max(state.Generation, newest.State.Number) + 1 };
        }

        if (guard is not null || state.IsGuarded || _sealedKey is null)
        {
            // Where the guard was given up, the state no longer says that it is missed. Where a change of keys or of the mode was cut
            // short, or an earlier key was put back, what lies there is as the manifest says before anything else happens.
            state = await CommitAsync(state);
        }

        return new LoadedState(state, null, newest);
    }

    /// <summary>The version of the newest state in the store.</summary>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) => store.ReadVersionAsync(cancellationToken);

    /// <summary>Reads the newest state of a shared store.</summary>
    /// <param name="known">What was read or saved last.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The newest state, which is <paramref name="known"/> if nothing changed it.</returns>
    /// <exception cref="SealedStateException">It does not open, is older than the known one, or belongs to another deployment.</exception>
    /// <exception cref="UnsealableKeyException">Its key cannot be opened here.</exception>
    /// <exception cref="StateStoreException">It cannot be read, or is gone.</exception>
    public async Task<CoordinatorState> ReloadAsync(CoordinatorState known, CancellationToken cancellationToken)
    {
        if (await store.LoadAsync(cancellationToken) is not { } stored)
        {
            return _version is null ? known : throw new StateStoreException(
                "The store holds no state any more. Put it back; or stop all Coordinators, and start one to begin a new deployment.");
        }

        if (stored.Version == _version && Locked is null)
        {
            return known;
        }

        // What only stands in for a state was never stored.
        bool isFirst = _version is null || known.InRecovery;
        if (!isFirst)
        {
            RollbackCheck.RequireSuccessor(StateSealer.ReadClear(stored.Blobs.Data, keySealer.Mode), known);
        }

        SealedKey sealedKey = await SealedKey.OpenAsync(keySealer, stored.Blobs.Key, _sealedKey, _dataKey, cancellationToken);
        SealingKey key = sealedKey.Key;
        string seal = StateSealer.SealOf(stored.Blobs.Data.Span);
        CoordinatorState newest = known;
        if (isFirst || seal != _seal)
        {
            CoordinatorState opened = await _counters.OpenAsync(
                LockedState.Open(stored.Blobs.Data, keySealer.Mode, key, known), cancellationToken);
            if (await keySealer.FindFaultAsync(opened.Authority.RootHash, opened.Manifest?.Manifest, cancellationToken) is { } fault)
            {
                throw new SealedStateException(fault);
            }

            if (!isFirst && opened.Generation <= known.Generation)
            {
                throw RollbackCheck.Older(known, opened.Generation);
            }

            newest = opened.After(known);
        }

        SealingKey? replaced = ReferenceEquals(_dataKey, key) ? null : _dataKey;
        await _rollback.AdvanceGuardAsync(newest, seal);
        (_version, _dataKey, _sealedKey, _seal) = (stored.Version, key, sealedKey, seal);
        Locked = null;
        if (replaced is not null)
        {
            // What was to be committed under keys of before can replace this state no more.
            replaced.Dispose();
            await keySealer.ForgetOlderKeysAsync(sealedKey.Blob, CancellationToken.None);
        }

        return newest;
    }

    /// <summary>
    /// The state that waited for its key, with its counters; it takes the key, which must not be disposed of if this succeeds.
    /// </summary>
    /// <exception cref="SealedStateException">The key does not open it, its counters are not there, or it was rolled back.</exception>
    public async Task<CoordinatorState> OpenAsync(LockedState locked, SealingKey key, CancellationToken cancellationToken)
    {
        CoordinatorState state = await _counters.OpenAsync(locked.Open(key), cancellationToken);
        _rollback.RequireNotRolledBack(state, locked.Blob, await _rollback.ReadGuardAsync(cancellationToken));
        return state;
    }

    /// <summary>Makes a state and its counters durable, or sees to it that nothing is, if its manifest says so.</summary>
    /// <returns>The state with its counters as they are sealed now.</returns>
    public async Task<CoordinatorState> SaveAsync(CoordinatorState state)
    {
        if (state.InRecovery)
        {
            return state;
        }

        if (state.Manifest is null && !keySealer.HasPlatformKey)
        {
            // Neither the platform nor parties could open it.
            return state;
        }

        if (Locked is { } locked && !state.Protection.RecoveryData.Span.SequenceEqual(locked.RecoveryData.Span))
        {
            // Started afresh beside a state that was not recovered: it is kept under another name.
            Log.Archived(logger, await store.ArchiveAsync(CancellationToken.None));
            Forget();
        }

        // Such a manifest is refused with a shared store; what others use is never removed.
        if (state.SealMode == SealModes.Disabled && !store.IsShared)
        {
            await store.RemoveAsync(CancellationToken.None);
            Forget();
            state = state with { Counters = state.Counters.SealedInState() };
        }
        else
        {
            state = await CommitAsync(state);
        }

        Locked = null;
        return state;
    }

    /// <summary>Makes counters durable whose state is, and knows them to be sealed apart.</summary>
    /// <returns>The state with its counters as they are sealed now.</returns>
    public async Task<CoordinatorState> SaveCountersAsync(CoordinatorState state)
    {
        state = await _counters.SaveAsync(state);
        await _rollback.AdvanceGuardAsync(state, _seal);
        return state;
    }

    /// <summary>
    /// A state without a manifest is worth nothing to anybody: it is put aside, and another one is made. All others wait for their key.
    /// </summary>
    private async Task<LoadedState> LockAsync(
        ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> recoveryData, GuardedGenerations newest, string reason)
    {
        if (recoveryData.IsEmpty && store.IsShared)
        {
            // Another Coordinator may work with it at this moment.
            throw new SealedStateException(
                $"The store has a state without a manifest, which this Coordinator cannot open. {reason} Let this Coordinator reach the "
                + "peer port of the one that made the state. If no Coordinator of the deployment runs any more, remove the state from the "
                + "store: nothing is lost with it.");
        }

        if (recoveryData.IsEmpty)
        {
            // Cutting the recovery data away would give a fresh Coordinator, as removing all files does; the guard detects
            // either.
            if (newest.State.Number > 1)
            {
                throw RollbackCheck.RolledBack(
                    "state", newest.State.Number, "there is only one without a manifest, whose key does not open");
            }

            Log.Worthless(logger, reason, await store.ArchiveAsync(CancellationToken.None));
            Forget();
            return new LoadedState(null, null, newest);
        }

        Locked = new LockedState(data, keySealer.Mode, recoveryData, reason);
        return new LoadedState(null, Locked, newest);
    }

    /// <summary>Wipes the key of the state.</summary>
    public void Dispose() => _dataKey?.Dispose();

    private void Forget()
    {
        (_version, _sealedKey, _dataKey) = (null, null, null);
        _counters.Forget();
    }

    /// <summary>
    /// The counters as they are to stand beside the state or in it: apart, where the state on the disk opens with the same key.
    /// </summary>
    private async Task<CoordinatorState> SaveCountersOfAsync(CoordinatorState state) =>
        store.IsShared || _version is null || (_dataKey is { } old && !ReferenceEquals(old, state.Protection.Key))
            ? state with { Counters = state.Counters.SealedInState() }
            : state.Counters is { Series: null, Values.IsEmpty: true } ? state
            : await _counters.SaveAsync(state);

    private async Task<CoordinatorState> CommitAsync(CoordinatorState state)
    {
        state = await SaveCountersOfAsync(state);
        byte[] data = Seal(state);
        SealingKey key = state.Protection.Key;
        SealingPolicy policy = PolicyOf(state);
        if (_sealedKey is not { } current || !ReferenceEquals(current.Key, key) || current.Policy != policy)
        {
            // Until the data are replaced, the key of the old ones must still open. A shared store replaces both at once.
            current = _dataKey is { } old && !ReferenceEquals(old, key) && !store.IsShared
                ? await SealKeysAsync(policy, state.Protection, old)
                : await SealKeysAsync(policy, state.Protection);
        }

        StateVersion version = await store.CommitAsync(new StateBlobs(data, current.Blob), _version, CancellationToken.None);
        SealingKey? replaced = ReferenceEquals(_dataKey, key) ? null : _dataKey;
        SealedKey? sealedKey = current;
        if (replaced is not null && !store.IsShared)
        {
            (version, sealedKey) = await DropOldKeyAsync(data, policy, state.Protection, version);
        }

        // Known only after the guard knows it, too: the next look at the store compares with what is in use.
        string seal = StateSealer.SealOf(data);
        await _rollback.AdvanceGuardAsync(state, seal);
        (_version, _dataKey, _sealedKey, _seal) = (version, key, sealedKey, seal);
        replaced?.Dispose();
        if (state.Protection.RenewsDeploymentKeys && replaced is not null)
        {
            await keySealer.ForgetOlderKeysAsync(current.Blob, CancellationToken.None);
        }

        return state;
    }

    /// <summary>The state is durable already; if this fails the next commit does it.</summary>
    private async Task<(StateVersion Version, SealedKey? Only)> DropOldKeyAsync(
        byte[] data, SealingPolicy policy, StateProtection protection, StateVersion version)
    {
        try
        {
            SealedKey only = await SealKeysAsync(policy, protection);
            return (await store.CommitAsync(new StateBlobs(data, only.Blob), version, CancellationToken.None), only);
        }
#pragma warning disable CA1031 // The change is made: whatever goes wrong here must not be taken for its failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.OldKeyKept(logger, exception);
            return (version, null);
        }
    }

    private async Task<SealedKey> SealKeysAsync(SealingPolicy policy, StateProtection to, params SealingKey[] old) => new(
        to.Key, policy, await keySealer.SealAsync(policy, [to.Key, .. old], CancellationToken.None, to.RenewsDeploymentKeys));

    private byte[] Seal(CoordinatorState state)
    {
        byte[] plaintext = StateSerializer.Serialize(state, isGuarded: guard is not null && !store.IsShared);
        try
        {
            return StateSealer.Seal(
                keySealer.Mode,
                state.Protection.Key,
                new SealedHeader(state.Authority.RootHash, state.Generation, state.Protection.RecoveryData),
                plaintext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>Before a manifest says what may open the state, only this very code may.</summary>
    private SealingPolicy PolicyOf(CoordinatorState state) => keySealer.Narrow(
        state.Manifest is null || state.SealMode == SealModes.UniqueKey ? SealingPolicy.UniqueKey : SealingPolicy.ProductKey);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StateArchived,
            LogLevel.Warning,
            "A manifest was set in recovery mode, as --start-afresh allows. The state that was not recovered is kept as '{Path}'; anyone "
            + "who recovers its key can still open it.",
            EventName = "StateArchived")]
        public static partial void Archived(ILogger logger, string path);

        [LoggerMessage(
            EventIds.StateWorthless,
            LogLevel.Warning,
            "There is a state without a manifest that cannot be opened: {Reason} It is kept as '{Path}', and another one is made.",
            EventName = "StateWorthless")]
        public static partial void Worthless(ILogger logger, string reason, string path);

        [LoggerMessage(
            EventIds.OldKeyKept,
            LogLevel.Warning,
            "The new state is durable, but the key that it replaced could not be removed yet; the next change does it.",
            EventName = "OldKeyKept")]
        public static partial void OldKeyKept(ILogger logger, Exception exception);
    }
}
