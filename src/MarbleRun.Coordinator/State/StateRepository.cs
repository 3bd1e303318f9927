using System.Security.Cryptography;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Coordinator.Stores;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Loads and saves the state: serialise, seal, store, and the way back. The state is sealed with a key of its own, which is sealed for the platform; that is
/// done anew only when one of them changes. Used by one caller at a time.
/// </summary>
internal sealed partial class StateRepository(IStateStore store, KeySealer keySealer, ILogger<StateRepository> logger, IGenerationGuard? guard = null)
{
    private StateVersion? _version;
    private SealedKey? _sealedKey;
    private SealingKey? _dataKey;

    /// <summary>The state that waits for its key since the start, until it is recovered or replaced.</summary>
    public LockedState? Locked { get; private set; }

    /// <summary>What was saved last.</summary>
    /// <exception cref="SealedStateException">It is damaged, of another mode or release, or was rolled back.</exception>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public async Task<LoadedState> LoadAsync(CancellationToken cancellationToken)
    {
        ulong newest = guard is null ? 0 : await guard.ReadAsync(cancellationToken);
        if (await store.LoadAsync(cancellationToken) is not { } stored)
        {
            return newest == 0 ? new LoadedState(null, null, 0) : throw RolledBack(newest, "there is none");
        }

        _version = stored.Version;
        ReadOnlyMemory<byte> recoveryData = StateSealer.ReadRecoveryData(stored.Blobs.Data, keySealer.Mode);
        IReadOnlyList<SealingKey> keys;
        try
        {
            keys = await keySealer.OpenAsync(stored.Blobs.Key, cancellationToken);
        }
        catch (UnsealableKeyException exception)
        {
            Locked = new LockedState(stored.Blobs.Data, keySealer.Mode, recoveryData, exception.Message);
            return new LoadedState(null, Locked, newest);
        }

        CoordinatorState state;
        try
        {
            state = Open(stored.Blobs.Data.Span, keys);
        }
        catch (SealedStateException) when (AreOfOtherKeys(recoveryData.Span, keys))
        {
            Locked = new LockedState(
                stored.Blobs.Data,
                keySealer.Mode,
                recoveryData,
                "'sealed_key' holds another key than that of 'sealed_data', or the recovery data in 'sealed_data' are damaged. Put back the files that belong together, if they are there.");
            return new LoadedState(null, Locked, newest);
        }

        DemandNotRolledBack(state, newest);

        // With a second key beside it, a change of keys was cut short: the next commit leaves the other one out.
        _dataKey = state.Protection.Key;
        _sealedKey = keys.Count == 1 ? new SealedKey(state.Protection.Key, PolicyOf(state), stored.Blobs.Key) : null;
        return new LoadedState(state, null, newest);
    }

    /// <summary>Whether a state that was recovered is not older than the guard knows.</summary>
    /// <exception cref="SealedStateException">It was rolled back.</exception>
    public async Task DemandNotRolledBackAsync(CoordinatorState state, CancellationToken cancellationToken) =>
        DemandNotRolledBack(state, guard is null ? 0 : await guard.ReadAsync(cancellationToken));

    /// <summary>Makes a state durable, or sees to it that nothing is, if its manifest says so.</summary>
    public async Task SaveAsync(CoordinatorState state)
    {
        if (state.InRecovery)
        {
            return;
        }

        if (Locked is { } locked && !state.Protection.RecoveryData.Span.SequenceEqual(locked.RecoveryData.Span))
        {
            // Begun afresh beside a state that nobody recovered: it stays, out of the way.
            Log.Archived(logger, await store.ArchiveAsync(CancellationToken.None));
            Forget();
        }

        if (state.SealMode == SealModes.Disabled)
        {
            await store.RemoveAsync(CancellationToken.None);
            Forget();
        }
        else
        {
            await CommitAsync(state);
        }

        Locked = null;
    }

    private void Forget() => (_version, _sealedKey, _dataKey) = (null, null, null);

    private async Task CommitAsync(CoordinatorState state)
    {
        byte[] data = Seal(state);
        SealingKey key = state.Protection.Key;
        SealingPolicy policy = PolicyOf(state);
        if (_sealedKey is not { } current || !ReferenceEquals(current.Key, key) || current.Policy != policy)
        {
            // Until the data are replaced, the key of the old ones must still open.
            current = _dataKey is { } old && !ReferenceEquals(old, key) ? await SealKeysAsync(policy, key, old) : await SealKeysAsync(policy, key);
        }

        _version = await store.CommitAsync(new StateBlobs(data, current.Blob), _version, CancellationToken.None);
        SealingKey? replaced = ReferenceEquals(_dataKey, key) ? null : _dataKey;
        (_dataKey, _sealedKey) = (key, replaced is null ? current : null);
        if (replaced is not null)
        {
            await DropOldKeyAsync(data, policy, key);
            replaced.Dispose();
        }

        await AdvanceGuardAsync(state.Generation);
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
        catch (Exception exception) when (exception is StateStoreException or SealedStateException)
        {
            Log.OldKeyKept(logger, exception);
        }
    }

    private async Task AdvanceGuardAsync(ulong generation)
    {
        try
        {
            await (guard?.AdvanceAsync(generation, CancellationToken.None) ?? ValueTask.CompletedTask);
        }
        catch (StateStoreException exception)
        {
            throw new StateStoreException("The new state is durable, but the generation guard could not be advanced.", exception) { IsOutcomeUnknown = true };
        }
    }

    private async Task<SealedKey> SealKeysAsync(SealingPolicy policy, params SealingKey[] keys) =>
        new(keys[0], policy, await keySealer.SealAsync(policy, keys, CancellationToken.None));

    private byte[] Seal(CoordinatorState state)
    {
        byte[] plaintext = StateSerializer.Serialize(state);
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

    /// <summary>Whether the recovery data, which their key authenticates, say that none of these is the key of the state: its parties can give it back.</summary>
    private static bool AreOfOtherKeys(ReadOnlySpan<byte> recoveryData, IReadOnlyList<SealingKey> keys)
    {
        try
        {
            return !recoveryData.IsEmpty && !keys.Any(RecoveryData.Read(recoveryData).IsAuthenticatedBy);
        }
        catch (RecoveryException)
        {
            return false;
        }
    }

    private static void DemandNotRolledBack(CoordinatorState state, ulong newest)
    {
        if (state.Generation < newest)
        {
            throw RolledBack(newest, $"it is of generation {state.Generation}");
        }
    }

    private static SealedStateException RolledBack(ulong newest, string found) => new(
        $"The sealed state was rolled back: the generation guard knows generation {newest}, but {found}. Put the newer state back. To accept the loss of what changed since, reset the guard.");

    private static SealingPolicy PolicyOf(CoordinatorState state) =>
        state.SealMode == SealModes.UniqueKey ? SealingPolicy.UniqueKey : SealingPolicy.ProductKey;

    private sealed record SealedKey(SealingKey Key, SealingPolicy Policy, ReadOnlyMemory<byte> Blob);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A manifest was set in recovery mode, as --start-afresh allows. The state that was not recovered is kept as '{Path}'; whoever recovers its key can still open it.", EventName = "StateArchived")]
        public static partial void Archived(ILogger logger, string path);

        [LoggerMessage(2, LogLevel.Warning, "The new state is durable, but the key that it replaced could not be removed yet; the next change does it.", EventName = "OldKeyKept")]
        public static partial void OldKeyKept(ILogger logger, Exception exception);
    }
}
