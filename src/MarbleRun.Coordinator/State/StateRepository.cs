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
/// commit: at every moment the state on the disk names counters that are there, or holds them.
/// </remarks>
internal sealed partial class StateRepository(
    IStateStore store, KeySealer keySealer, ILogger<StateRepository> logger, IGenerationGuard? guard = null)
{
    private readonly CounterRepository _counters = new(store);

    private StateVersion? _version;
    private SealedKey? _sealedKey;
    private SealingKey? _dataKey;
    private string? _seal;

    /// <summary>The state that waits for its key since the start, until it is recovered or replaced.</summary>
    public LockedState? Locked { get; private set; }

    /// <summary>What was saved last.</summary>
    /// <exception cref="SealedStateException">It is damaged, of another mode or release, or was rolled back.</exception>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public async Task<LoadedState> LoadAsync(CancellationToken cancellationToken)
    {
        GuardedGenerations newest = await ReadGuardAsync(cancellationToken);
        if (await store.LoadAsync(cancellationToken) is not { } stored)
        {
            return newest == default
                ? new LoadedState(null, null, newest)
                : throw RolledBack("state", newest.State.Number, "no state was found");
        }

        _version = stored.Version;
        ReadOnlyMemory<byte> recoveryData = StateSealer.ReadRecoveryData(stored.Blobs.Data, keySealer.Mode);
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

        CoordinatorState opened = Open(stored.Blobs.Data.Span, keys);
        byte[] root = SHA256.HashData(opened.Authority.Root.RawDataMemory.Span);
        if (await keySealer.FindFaultAsync(root, opened.Manifest?.Manifest, cancellationToken) is { } fault)
        {
            return await LockAsync(stored.Blobs.Data, recoveryData, newest, fault);
        }

        CoordinatorState state = await _counters.OpenAsync(opened, cancellationToken);
        RequireNotRolledBack(state, stored.Blobs.Data, newest);
        _dataKey = state.Protection.Key;
        _sealedKey = keys.Count == 1 && policy == PolicyOf(state) ? new SealedKey(state.Protection.Key, policy, stored.Blobs.Key) : null;
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

    /// <summary>
    /// The state that waited for its key, with its counters; it takes the key, which must not be disposed of if this succeeds.
    /// </summary>
    /// <exception cref="SealedStateException">The key does not open it, its counters are not there, or it was rolled back.</exception>
    public async Task<CoordinatorState> OpenAsync(LockedState locked, SealingKey key, CancellationToken cancellationToken)
    {
        CoordinatorState state = await _counters.OpenAsync(locked.Open(key), cancellationToken);
        RequireNotRolledBack(state, locked.Blob, await ReadGuardAsync(cancellationToken));
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

        if (state.SealMode == SealModes.Disabled)
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
        await AdvanceGuardAsync(state);
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
                throw RolledBack("state", newest.State.Number, "there is only one without a manifest, whose key does not open");
            }

            Log.Worthless(logger, reason, await store.ArchiveAsync(CancellationToken.None));
            Forget();
            return new LoadedState(null, null, newest);
        }

        Locked = new LockedState(data, keySealer.Mode, recoveryData, reason);
        return new LoadedState(null, Locked, newest);
    }

    private void Forget()
    {
        (_version, _sealedKey, _dataKey) = (null, null, null);
        _counters.Forget();
    }

    /// <summary>
    /// The counters as they are to stand beside the state or in it: apart, where the state on the disk opens with the same key.
    /// </summary>
    private async Task<CoordinatorState> SaveCountersOfAsync(CoordinatorState state) =>
        _version is null || (_dataKey is { } old && !ReferenceEquals(old, state.Protection.Key))
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
            // Until the data are replaced, the key of the old ones must still open.
            current = _dataKey is { } old && !ReferenceEquals(old, key)
                ? await SealKeysAsync(policy, key, old)
                : await SealKeysAsync(policy, key);
        }

        _version = await store.CommitAsync(new StateBlobs(data, current.Blob), _version, CancellationToken.None);
        SealingKey? replaced = ReferenceEquals(_dataKey, key) ? null : _dataKey;
        (_dataKey, _sealedKey, _seal) = (key, replaced is null ? current : null, StateSealer.SealOf(data));
        if (replaced is not null)
        {
            await DropOldKeyAsync(data, policy, key);
        }

        await AdvanceGuardAsync(state);
        replaced?.Dispose();
        return state;
    }

    /// <summary>The state is durable already; if this fails the next commit does it.</summary>
    private async Task DropOldKeyAsync(byte[] data, SealingPolicy policy, SealingKey key)
    {
        try
        {
            SealedKey only = await SealKeysAsync(policy, key);
            _version = await store.CommitAsync(new StateBlobs(data, only.Blob), _version, CancellationToken.None);
            _sealedKey = only;
        }
#pragma warning disable CA1031 // The change is made: whatever goes wrong here must not be taken for its failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.OldKeyKept(logger, exception);
        }
    }

    private ValueTask<GuardedGenerations> ReadGuardAsync(CancellationToken cancellationToken) =>
        guard is null ? ValueTask.FromResult(default(GuardedGenerations)) : guard.ReadAsync(cancellationToken);

    private async Task AdvanceGuardAsync(CoordinatorState state)
    {
        if (guard is null)
        {
            return;
        }

        try
        {
            await guard.AdvanceAsync(
                new GuardedGenerations(
                    new GuardedGeneration(state.Generation, _seal), new GuardedGeneration(state.Counters.Generation, state.Counters.Seal)),
                CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Whatever a guard throws: the state is there already, so that only a restart shows what is in force.
            throw new StateStoreException(
                $"The new state is durable, but the generation guard could not be advanced: {exception.Message}", exception)
            {
                IsOutcomeUnknown = true,
            };
        }
    }

    private async Task<SealedKey> SealKeysAsync(SealingPolicy policy, params SealingKey[] keys) =>
        new(keys[0], policy, await keySealer.SealAsync(policy, keys, CancellationToken.None));

    private byte[] Seal(CoordinatorState state)
    {
        byte[] plaintext = StateSerializer.Serialize(state, isGuarded: guard is not null);
        try
        {
            return StateSealer.Seal(keySealer.Mode, state.Protection.Key, state.Protection.RecoveryData.Span, plaintext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>By the first key that opens it; the other ones are wiped.</summary>
    private CoordinatorState Open(ReadOnlySpan<byte> data, IReadOnlyList<SealingKey> keys)
    {
        SealedStateException? failure = null;
        foreach (SealingKey key in keys)
        {
            try
            {
                CoordinatorState state = LockedState.Open(data, keySealer.Mode, key);
                foreach (SealingKey other in keys.Where(k => !ReferenceEquals(k, key)))
                {
                    other.Dispose();
                }

                return state;
            }
            catch (SealedStateException exception)
            {
                failure = exception;
            }
        }

        throw failure!;
    }

    private void RequireNotRolledBack(CoordinatorState state, ReadOnlyMemory<byte> data, GuardedGenerations newest)
    {
        if (state.IsGuarded && guard is not null && newest == default)
        {
            throw new SealedStateException(
                "The sealed state was made with a generation guard, but the guard knows no generation. Mount the volume that it lies on, "
                + "or put it back; to go on without what it knew, start once without Coordinator:GenerationGuardPath.");
        }

        if (state.IsGuarded && guard is null)
        {
            Log.Unguarded(logger);
        }

        RequireNotRolledBack("state", new GuardedGeneration(state.Generation, StateSealer.SealOf(data.Span)), newest.State);
        RequireNotRolledBack("counters", new GuardedGeneration(state.Counters.Generation, state.Counters.Seal), newest.Counters);
    }

    private static void RequireNotRolledBack(string what, GuardedGeneration found, GuardedGeneration newest)
    {
        if (found.Number < newest.Number)
        {
            throw RolledBack(what, newest.Number, $"that of generation {found.Number} was found");
        }

        // A change that was durable but not answered may come back beside one of the same number that was.
        if (found.Number == newest.Number && found.Seal is not null && newest.Seal is not null && found.Seal != newest.Seal)
        {
            throw RolledBack(what, newest.Number, "another one of this number was found, of a change that was never answered");
        }
    }

    private static SealedStateException RolledBack(string what, ulong newest, string found) => new(
        $"The sealed {what} {(what == "state" ? "was" : "were")} rolled back: the generation guard knows generation {newest}, but {found}. "
        + $"Put the newer files back. To accept the loss of what changed since, reset the guard.");

    /// <summary>Before a manifest says what may open the state, only this very code may.</summary>
    private SealingPolicy PolicyOf(CoordinatorState state) => keySealer.Narrow(
        state.Manifest is null || state.SealMode == SealModes.UniqueKey ? SealingPolicy.UniqueKey : SealingPolicy.ProductKey);

    private sealed record SealedKey(SealingKey Key, SealingPolicy Policy, ReadOnlyMemory<byte> Blob);

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
            EventIds.GuardMissing,
            LogLevel.Warning,
            "The sealed state was made with a generation guard, and this start has none: whether it was rolled back is not checked.",
            EventName = "GuardMissing")]
        public static partial void Unguarded(ILogger logger);

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

/// <summary>What the store held at the start: a state that opened, one that waits for its key, or nothing.</summary>
/// <param name="Opened">The state.</param>
/// <param name="Locked">The state that waits for its key.</param>
/// <param name="Newest">The last generations that the guard knows: what is made now counts on from there. 0 without a guard.</param>
internal sealed record LoadedState(CoordinatorState? Opened, LockedState? Locked, GuardedGenerations Newest);
