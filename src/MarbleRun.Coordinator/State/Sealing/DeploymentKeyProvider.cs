using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Manifests;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// The keys that seal a state which several Coordinators share: one for each policy, the same for all of them. They are in the memory of
/// each Coordinator and in its slot, sealed for its platform; one that has neither asks the others.
/// </summary>
/// <remarks>
/// The store decides which of two keys that were made at the same time is in force, by the state that names it: a key that opened a state
/// seals from then on. The other one is kept, because a commit whose outcome was unknown may have used it; until the keys are replaced,
/// and a state under the new ones is in force.
/// </remarks>
internal sealed partial class DeploymentKeyProvider : ISealingKeyProvider, IDisposable
{
    /// <summary>Of one policy. A deployment that never starts afresh has one, or a few from the moment of its first start.</summary>
    private const int MaxKeys = 8;

    private static readonly SealingPolicy[] s_policies = [SealingPolicy.UniqueKey, SealingPolicy.ProductKey];

    private readonly ISealingKeyProvider _platform;
    private readonly IKeySource _peers;
    private readonly ILogger<DeploymentKeyProvider> _logger;
    private readonly KeySlots _slots;
    private readonly SemaphoreSlim _turn = new(1, 1);

    // Of a policy, the one in use comes first.
    private readonly List<DeploymentKey> _keys = [];

    // Made to replace them, one for each policy, and not known to be in force.
    private readonly List<DeploymentKey> _made = [];
    private ReceivedKeys? _received;
    private bool _isSlotRead;

    public DeploymentKeyProvider(
        ISealingKeyProvider platform,
        IStateStore store,
        IKeySource peers,
        IOptions<CoordinatorOptions> options,
        ILogger<DeploymentKeyProvider> logger)
    {
        _platform = platform;
        _peers = peers;
        _logger = logger;
        _slots = new KeySlots(store, new KeySealer(platform), options.Value.Store.ReplicaOrDefault);
    }

    public string Mode => _platform.Mode;

    public string Limits => _platform.Limits;

    /// <summary>The deployment's keys do not depend on what the platform has.</summary>
    public IReadOnlyList<SealingPolicy> Policies => s_policies;

    public async ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_isSlotRead)
            {
                await ReadSlotAsync(cancellationToken);
            }

            // All at once, so that a peer that takes one of them over has all of them.
            foreach (SealingPolicy missing in s_policies.Where(p => Find(p) is null))
            {
                _keys.Add(DeploymentKey.Create(missing));
            }

            // Before anything is sealed with it; an archive takes the slots with it.
            await _slots.SaveAsync(_keys, cancellationToken);
            return Find(policy)!.ToSealingKey();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// A key that is to replace the one in use. It is in the slot behind that one, and is handed over once a state is sealed with it.
    /// </summary>
    /// <param name="policy">The policy of the state.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateStoreException">It cannot be kept in the slot.</exception>
    public async ValueTask<SealingKey> GetNewKeyAsync(SealingPolicy policy, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // After a commit that failed, the same again: it may have been made after all.
            if (_made.Count == 0)
            {
                _made.AddRange(s_policies.Select(DeploymentKey.Create));
            }

            await _slots.SaveAsync([.. _keys, .. _made], cancellationToken);
            return _made.Find(key => key.Policy == policy)!.ToSealingKey();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Drops all keys but the one in force, and the one beside it for the other policy. The slot follows.</summary>
    /// <param name="policy">The policy of the key in force.</param>
    /// <param name="id">Its identifier.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask ForgetOthersAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (FindKnown(policy, id) is not { } inForce)
            {
                return;
            }

            Use(inForce);
            if (_made.Count == 0 && _keys.Count <= s_policies.Length)
            {
                // Nothing was replaced; the slot may have entries of other code, which may come back.
                return;
            }

            DeploymentKey[] kept = [.. s_policies.Select(Find).OfType<DeploymentKey>()];
            foreach (DeploymentKey old in _keys.Except(kept).Concat(_made).ToArray())
            {
                _keys.Remove(old);
                old.Dispose();
            }

            _made.Clear();
            await ClearSlotAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        if (!DeploymentKey.IsId(id.Span))
        {
            throw new UnsealableKeyException(
                "'sealed_key' was not sealed with a key of a deployment, as a store that several Coordinators share needs: it comes from "
                + "a seal directory, or it is damaged.");
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await FindAsync(policy, id, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Compares keys that a peer gave with the state that they opened; then they are in use, and in the slot. Called with every state that
    /// was opened.
    /// </summary>
    /// <param name="rootHash">SHA-256 of the root certificate in the state.</param>
    /// <param name="manifest">The manifest in the state, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why the state must not be used; null if it may.</returns>
    public async ValueTask<string?> FindFaultAsync(
        ReadOnlyMemory<byte> rootHash, Manifest? manifest, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_received is not { } received)
            {
                return null;
            }

            string? fault = await received.FindFaultAsync(rootHash, manifest, cancellationToken);
            await received.SettleAsync(fault);
            _received = null;
            if (fault is null)
            {
                foreach (DeploymentKey key in received.Keys.Reverse())
                {
                    Use(key.Copy());
                }

                await TrySaveAsync(cancellationToken);
            }

            received.Dispose();
            return fault;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Copies of the keys in use for a peer that asked for one of them, and was verified; null if this Coordinator does not have that one.
    /// Keys whose state was not compared yet are not handed on.
    /// </summary>
    public async ValueTask<IReadOnlyList<DeploymentKey>?> CopyForPeerAsync(
        SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            DeploymentKey? asked = _keys.Find(key => key.Is(policy, id.Span));
            return asked is null
                ? null
                : [asked.Copy(), .. s_policies.Where(p => p != policy).Select(Find).OfType<DeploymentKey>().Select(key => key.Copy())];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether this Coordinator has the key, without a look at the store or peers.</summary>
    public async ValueTask<bool> HasAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return _keys.Exists(key => key.Is(policy, id.Span));
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _received?.Dispose();
        _keys.ForEach(key => key.Dispose());
        _keys.Clear();
        _made.ForEach(key => key.Dispose());
        _made.Clear();
        _turn.Dispose();
    }

    private async ValueTask<SealingKey> FindAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        if (FindKnown(policy, id) is { } known)
        {
            // What a peer gave for a state that did not open must not be compared with this one.
            _received?.Dispose();
            _received = null;
            Use(known);
            return known.ToSealingKey();
        }

        if (_received?.Keys.FirstOrDefault(key => key.Is(policy, id.Span)) is { } waiting)
        {
            return waiting.ToSealingKey();
        }

        await ReadSlotAsync(cancellationToken);
        if (_keys.Find(key => key.Is(policy, id.Span)) is { } kept)
        {
            Use(kept);
            return kept.ToSealingKey();
        }

        KeyAnswer answer = await _peers.AskAsync(policy, id, cancellationToken);
        if (answer.Received is { } received)
        {
            _received?.Dispose();
            _received = received;
            return received.Keys.First(key => key.Is(policy, id.Span)).ToSealingKey();
        }

        string slot = _slots.AreUsed
            ? "Its slot in the store has no such key that opens here"
            : "Its platform has no key to keep it with";
        throw new UnsealableKeyException(
            $"'sealed_key' is sealed with a key of the deployment that this Coordinator does not have. {slot}, and "
            + (answer.Tried.Length == 0
                ? "no other Coordinator is named that could hand it over (Coordinator:Peers:Addresses, or Coordinator:Peers:Dns)."
                : $"no other Coordinator handed it over: {answer.Tried}."));
    }

    /// <summary>One of those in memory. Keys that were made to replace others are in force when a state names one of them.</summary>
    private DeploymentKey? FindKnown(SealingPolicy policy, ReadOnlyMemory<byte> id)
    {
        if (_made.Exists(key => key.Is(policy, id.Span)))
        {
            _keys.InsertRange(0, _made);
            _made.Clear();
        }

        return _keys.Find(key => key.Is(policy, id.Span));
    }

    private DeploymentKey? Find(SealingPolicy policy) => _keys.Find(key => key.Policy == policy);

    /// <summary>From now on it seals what is sealed for its policy.</summary>
    private void Use(DeploymentKey key)
    {
        if (_keys.Find(known => known.Is(key.Policy, key.Id.Span)) is { } known && !ReferenceEquals(known, key))
        {
            key.Dispose();
            key = known;
        }

        _keys.Remove(key);
        _keys.Insert(0, key);
        Trim(key.Policy);
    }

    private void Trim(SealingPolicy policy)
    {
        foreach (DeploymentKey old in _keys.Where(key => key.Policy == policy).Skip(MaxKeys).ToArray())
        {
            _keys.Remove(old);
            old.Dispose();
        }
    }

    private async ValueTask ReadSlotAsync(CancellationToken cancellationToken)
    {
        foreach (DeploymentKey key in await _slots.LoadAsync(cancellationToken))
        {
            if (_keys.Exists(known => known.Is(key.Policy, key.Id.Span)))
            {
                key.Dispose();
                continue;
            }

            _keys.Add(key);
        }

        foreach (SealingPolicy policy in s_policies)
        {
            Trim(policy);
        }

        _isSlotRead = true;
    }

    /// <summary>The keys are in memory and with the peer: without the slot, only the next start needs the peer again.</summary>
    private async ValueTask TrySaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _slots.SaveAsync(_keys, cancellationToken);
        }
        catch (Exception exception) when (exception is StateStoreException or SealedStateException)
        {
            Log.SlotNotWritten(_logger, exception);
        }
    }

    private async ValueTask ClearSlotAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _slots.SaveAloneAsync(_keys, cancellationToken);
        }
        catch (Exception exception) when (exception is StateStoreException or SealedStateException)
        {
            Log.OldKeysInSlot(_logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.OldKeysInSlot,
            LogLevel.Warning,
            "The keys of the deployment were replaced, but those before them could not be removed from the slot of this Coordinator. "
            + "They open no newer state; the next replacement removes them.",
            EventName = "OldKeysInSlot")]
        public static partial void OldKeysInSlot(ILogger logger, Exception exception);

        [LoggerMessage(
            EventIds.KeySlotNotWritten,
            LogLevel.Warning,
            "The keys of the deployment that a peer handed over could not be kept in the slot of this Coordinator. It works; its next "
            + "start needs a peer again, unless the slot is written before.",
            EventName = "KeySlotNotWritten")]
        public static partial void SlotNotWritten(ILogger logger, Exception exception);
    }
}
