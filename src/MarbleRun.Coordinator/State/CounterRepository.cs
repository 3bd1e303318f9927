using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Loads and saves the counters in blobs of their own: what was raised last, and beside it, once counters are many, all of them as they
/// were before that. Used by one caller at a time.
/// </summary>
/// <remarks>
/// The two blobs need not change at once. Counters only grow, so that the greater of two values is always the right one: what was raised
/// last goes with the base that it was raised from and with the base that it went into, and names the seals of both before the second one
/// is written.
/// </remarks>
internal sealed class CounterRepository(IStateStore store)
{
    /// <summary>So much is sealed again by each commit of counters; beyond it, all are sealed as the base.</summary>
    public const int MaxRecentBytes = 64 * 1024;

    private readonly Dictionary<string, StateVersion?> _versions = [];

    private CounterSet? _saved;

    /// <summary>The state with its counters, read if they are sealed apart from it.</summary>
    /// <exception cref="SealedStateException">They are missing, damaged, of another state, or were rolled back.</exception>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public async Task<CoordinatorState> OpenAsync(CoordinatorState state, CancellationToken cancellationToken)
    {
        if (state.Counters.Series is not { } series)
        {
            return state;
        }

        (ulong generation, string seal, CounterDocument recent) = await LoadAsync(CounterBlobKind.Recent, series, state, cancellationToken);
        if (generation < state.Counters.Generation)
        {
            throw new SealedStateException(
                $"The counters were rolled back: the sealed state knows generation {state.Counters.Generation}, but 'sealed_counters' is "
                + $"of generation {generation}. Put the newer file back.");
        }

        CounterSet counters = await OpenBaseAsync(recent, series, state, cancellationToken);
        ulong counted = state.Counters.Generation;
        _saved = counters.Raise(recent.Values).SealedApart(series, generation, seal);

        // The one of the two that was sealed last knows how far the audit trail went.
        state = state with { Counters = _saved };
        return generation > counted && recent.AuditHead is { } newer
            ? state.Recorded(Replica.Single, new AuditHead(newer.Sequence, newer.Hash))
            : state;
    }

    /// <summary>Makes counters durable that are not yet, apart from their state.</summary>
    /// <returns>The state with the counters as they are sealed now.</returns>
    public async Task<CoordinatorState> SaveAsync(CoordinatorState state)
    {
        if (ReferenceEquals(state.Counters, _saved))
        {
            return state;
        }

        // All that is written for one commit has one number. What was written for a commit that failed has it, too: nothing that was not
        // answered has a higher one.
        CounterSet next = state.Counters.SealedApart(state.Counters.Series ?? Guid.NewGuid(), state.Counters.Generation + 1, seal: null);
        if (next.RecentBytes > MaxRecentBytes)
        {
            byte[] all = Seal(CounterBlobKind.Base, next, state, new CounterDocument { Values = next.Values });
            if (next.Base is not null)
            {
                await CommitRecentAsync(state, next, nextBase: CounterSealer.SealOf(all));
            }

            await CommitAsync(CounterBlobKind.Base, all);
            next = next.Based(CounterSealer.SealOf(all));
        }

        _saved = await CommitRecentAsync(state, next, nextBase: null);
        return state with { Counters = _saved };
    }

    /// <summary>The store was emptied.</summary>
    public void Forget()
    {
        _versions.Clear();
        _saved = null;
    }

    private async Task<CounterSet> OpenBaseAsync(
        CounterDocument recent, Guid series, CoordinatorState state, CancellationToken cancellationToken)
    {
        if (recent.Base is null)
        {
            return CounterSet.Empty;
        }

        (_, string seal, CounterDocument all) = await LoadAsync(CounterBlobKind.Base, series, state, cancellationToken);
        return seal == recent.Base || seal == recent.NextBase
            ? CounterSet.Create(all.Values).Based(seal)
            : throw new SealedStateException(
                "The counters were rolled back: 'sealed_counters_base' is not the one that 'sealed_counters' was made with. Put back the "
                + "two that belong together.");
    }

    /// <returns>The counters as they are sealed now.</returns>
    private async Task<CounterSet> CommitRecentAsync(CoordinatorState state, CounterSet counters, string? nextBase)
    {
        StateDocument.AuditHeadDocument? head = state.AuditHeads.GetValueOrDefault(Replica.Single) is { } known
            ? new() { Sequence = known.Sequence, Hash = known.Hash }
            : null;
        var document = new CounterDocument { Base = counters.Base, NextBase = nextBase, AuditHead = head, Values = counters.Recent };
        byte[] blob = Seal(CounterBlobKind.Recent, counters, state, document);
        await CommitAsync(CounterBlobKind.Recent, blob);
        return counters with { Seal = CounterSealer.SealOf(blob) };
    }

    private async Task CommitAsync(CounterBlobKind kind, byte[] blob)
    {
        string name = NameOf(kind);
        if (!_versions.TryGetValue(name, out StateVersion? version))
        {
            // What a state before this one left; it does not open for this one.
            version = (await store.LoadBlobAsync(name, CancellationToken.None))?.Version;
        }

        _versions[name] = await store.CommitBlobAsync(name, blob, version, CancellationToken.None);
    }

    private static byte[] Seal(CounterBlobKind kind, CounterSet counters, CoordinatorState state, CounterDocument document) =>
        CounterSealer.Seal(
            kind,
            counters.Series!.Value,
            counters.Generation,
            state.Protection.Key,
            JsonSerializer.SerializeToUtf8Bytes(document, CounterJsonContext.Default.CounterDocument));

    private async Task<(ulong Generation, string Seal, CounterDocument Document)> LoadAsync(
        CounterBlobKind kind, Guid series, CoordinatorState state, CancellationToken cancellationToken)
    {
        string name = CounterSealer.NameOf(kind);
        if (await store.LoadBlobAsync(NameOf(kind), cancellationToken) is not { } stored)
        {
            throw new SealedStateException($"'{name}' is missing, and the sealed state was made with it. {CounterSealer.Remedy(name)}");
        }

        _versions[NameOf(kind)] = stored.Version;
        (ulong generation, byte[] content) = CounterSealer.Open(stored.Bytes.Span, kind, series, state.Protection.Key);
        try
        {
            return (
                generation,
                CounterSealer.SealOf(stored.Bytes.Span),
                JsonSerializer.Deserialize(content, CounterJsonContext.Default.CounterDocument)!);
        }
        catch (JsonException exception)
        {
            throw new SealedStateException(
                $"'{name}' opens, but its content cannot be read by this release. Use the release that wrote it.", exception);
        }
    }

    private static string NameOf(CounterBlobKind kind) => kind == CounterBlobKind.Recent ? BlobNames.Counters : BlobNames.CountersBase;
}
