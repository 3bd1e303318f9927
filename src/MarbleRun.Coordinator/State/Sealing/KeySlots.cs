using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// Keeps the deployment's keys in this Coordinator's slot. A slot that does not open here, of another machine or measurement,
/// swapped, cut off or foreign, has no keys for this Coordinator; that is not an error.
/// </summary>
/// <param name="store">The store of the state.</param>
/// <param name="sealer">Over the platform's keys.</param>
/// <param name="replica">The name of this Coordinator.</param>
internal sealed class KeySlots(IStateStore store, KeySealer sealer, string replica)
{
    /// <summary>Another process may use the same name, or may just have ended.</summary>
    private const int Attempts = 8;

    private StateVersion? _saved;

    /// <summary>Whether the platform has keys; without them there is no slot.</summary>
    public bool AreUsed => sealer.HasPlatformKey;

    /// <summary>The blob beside the state: names have letters only.</summary>
    public string Name { get; } = NameOf(replica);

    public static string NameOf(string replica) => "slot_" + string.Concat(
        SHA256.HashData(Encoding.UTF8.GetBytes(replica))
            .Take(24)
            .SelectMany(b => (char[])[(char)('a' + (b >> 4)), (char)('a' + (b & 15))]));

    /// <summary>The keys in the slot that open here; the caller disposes of them.</summary>
    /// <exception cref="SealedStateException">The platform gives no key at all.</exception>
    /// <exception cref="StateStoreException">The store cannot be read.</exception>
    public async ValueTask<IReadOnlyList<DeploymentKey>> LoadAsync(CancellationToken cancellationToken)
    {
        if (!AreUsed || await store.LoadBlobAsync(Name, cancellationToken) is not { } stored)
        {
            return [];
        }

        var keys = new List<DeploymentKey>();
        foreach (KeySlotEntry entry in KeySlot.Read(stored.Bytes.Span).Entries)
        {
            if (await TryOpenAsync(entry, cancellationToken) is { } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    /// <summary>Ensures that the slot has these keys, in this order; entries of the slot that do not open here stay behind them.</summary>
    /// <exception cref="SealedStateException">The platform gives no key.</exception>
    /// <exception cref="StateStoreException">It is not known to be durable.</exception>
    public ValueTask SaveAsync(IReadOnlyList<DeploymentKey> keys, CancellationToken cancellationToken) =>
        SaveAsync(keys, areAlone: false, cancellationToken);

    /// <summary>Ensures that the slot has these keys and no other entry: what the others seal is not in force any more.</summary>
    /// <exception cref="SealedStateException">The platform gives no key.</exception>
    /// <exception cref="StateStoreException">It is not known to be durable.</exception>
    public ValueTask SaveAloneAsync(IReadOnlyList<DeploymentKey> keys, CancellationToken cancellationToken) =>
        SaveAsync(keys, areAlone: true, cancellationToken);

    private async ValueTask SaveAsync(IReadOnlyList<DeploymentKey> keys, bool areAlone, CancellationToken cancellationToken)
    {
        if (!AreUsed)
        {
            return;
        }

        for (int attempt = 1; ; attempt++)
        {
            StoredBlob? stored = await store.LoadBlobAsync(Name, cancellationToken);
            KeySlot slot = stored is { } blob ? KeySlot.Read(blob.Bytes.Span) : KeySlot.Empty;
            if (stored is not null && stored.Version == _saved && Has(slot, keys) && !(areAlone && slot.Entries.Length > keys.Count))
            {
                return;
            }

            try
            {
                KeySlot next = await MergeAsync(areAlone ? KeySlot.Empty : slot, keys, cancellationToken);
                _saved = await store.CommitBlobAsync(Name, next.Write(), stored?.Version, cancellationToken);
                return;
            }
            catch (StateStoreException exception) when (exception.IsConflict && attempt < Attempts)
            {
                // What is there now is kept, and this is tried again.
                continue;
            }
        }
    }

    /// <summary>Removes all keys from the slot, those of other code and of other platforms too.</summary>
    /// <exception cref="StateStoreException">It is not known to be durable.</exception>
    public async ValueTask ClearAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (await store.LoadBlobAsync(Name, cancellationToken) is not { } stored || KeySlot.Read(stored.Bytes.Span).Entries.IsEmpty)
            {
                return;
            }

            try
            {
                _saved = await store.CommitBlobAsync(Name, KeySlot.Empty.Write(), stored.Version, cancellationToken);
                return;
            }
            catch (StateStoreException exception) when (exception.IsConflict && attempt < Attempts)
            {
                // What is there now is removed.
                continue;
            }
        }
    }

    private static bool Has(KeySlot slot, IReadOnlyList<DeploymentKey> keys) =>
        slot.Entries.Length >= keys.Count
        && slot.Entries.Take(keys.Count).Zip(keys).All(pair => pair.Second.Is(pair.First.Policy, pair.First.Id.Span));

    private async ValueTask<KeySlot> MergeAsync(KeySlot slot, IReadOnlyList<DeploymentKey> keys, CancellationToken cancellationToken)
    {
        ImmutableArray<KeySlotEntry>.Builder entries = ImmutableArray.CreateBuilder<KeySlotEntry>();
        foreach (DeploymentKey key in keys)
        {
            using SealingKey content = key.ToSealingKey();
            byte[] blob = await sealer.SealAsync(sealer.Narrow(key.Policy), [content], cancellationToken);
            entries.Add(new KeySlotEntry(key.Policy, key.Id, blob));
        }

        // Those of the code before an update, which may come back; and those of a process with the same name.
        entries.AddRange(slot.Entries
            .Where(entry => !keys.Any(key => key.Is(entry.Policy, entry.Id.Span)))
            .Take(KeySlot.MaxEntries - entries.Count));
        return new KeySlot(entries.ToImmutable());
    }

    private async ValueTask<DeploymentKey?> TryOpenAsync(KeySlotEntry entry, CancellationToken cancellationToken)
    {
        IReadOnlyList<SealingKey> opened;
        try
        {
            (opened, SealingPolicy policy) = await sealer.OpenAsync(entry.Sealed, cancellationToken);
            if (policy != sealer.Narrow(entry.Policy))
            {
                Dispose(opened);
                return null;
            }
        }
        catch (UnsealableKeyException)
        {
            return null;
        }

        var key = new DeploymentKey(entry.Policy, opened[0].Bytes);
        Dispose(opened);
        if (!key.Is(entry.Policy, entry.Id.Span))
        {
            key.Dispose();
            return null;
        }

        return key;
    }

    private static void Dispose(IReadOnlyList<SealingKey> keys)
    {
        foreach (SealingKey key in keys)
        {
            key.Dispose();
        }
    }
}
