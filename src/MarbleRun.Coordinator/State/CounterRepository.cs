using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Coordinator.Stores;

namespace MarbleRun.Coordinator.State;

/// <summary>
/// Loads and saves the counters in blobs of their own: what was raised last, and beside it, once counters are many, all of them as they were before that. Used by one
/// caller at a time.
/// </summary>
/// <remarks>
/// Counters only grow, so that the greater of two values is always the right one: a base that is newer than the rest asks for loses nothing, and that it is
/// never older, the rest sees to. So the two blobs need not change at once.
/// </remarks>
internal sealed class CounterRepository(IStateStore store)
{
    /// <summary>So much is sealed again by each commit of counters; beyond it, all are sealed as the base.</summary>
    public const int MaxRecentBytes = 64 * 1024;

    private readonly Dictionary<string, StateVersion?> _versions = [];

    private CounterSet? _saved;
    private ulong _generation;

    /// <summary>The state with its counters, read if they are sealed apart from it.</summary>
    /// <param name="state">The state as it was opened.</param>
    /// <param name="saves">Whether the next commit of the state saves them under a new number, even if none was raised.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SealedStateException">They are missing, damaged, of another state, or were rolled back.</exception>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public async Task<CoordinatorState> OpenAsync(CoordinatorState state, bool saves, CancellationToken cancellationToken)
    {
        if (state.Counters.Series is { } series)
        {
            state = await OpenAsync(state, series, cancellationToken);
            _saved = saves ? null : state.Counters;
        }

        _generation = Math.Max(_generation, state.Counters.Generation);
        return state;
    }

    /// <summary>Makes counters durable that are not yet, apart from their state.</summary>
    /// <returns>The state with the counters as they are sealed now.</returns>
    public async Task<CoordinatorState> SaveAsync(CoordinatorState state)
    {
        CounterSet counters = state.Counters;
        if (ReferenceEquals(counters, _saved))
        {
            return state;
        }

        // A number is never used twice, not even after a commit that failed: what was written then may lie somewhere.
        _generation = Math.Max(_generation, counters.Generation) + 1;
        Guid series = counters.Series ?? Guid.NewGuid();
        if (counters.RecentBytes > MaxRecentBytes)
        {
            await CommitAsync(CounterBlobKind.Base, series, state, new CounterDocument { Values = counters.Values });
            counters = counters.Based(_generation);
        }

        StateDocument.AuditHeadDocument? head = state.AuditHead is { } known ? new() { Sequence = known.Sequence, Hash = known.Hash } : null;
        await CommitAsync(CounterBlobKind.Recent, series, state, new() { BaseGeneration = counters.BaseGeneration, AuditHead = head, Values = counters.Recent });
        _saved = counters.SealedApart(series, _generation);
        return state with { Counters = _saved };
    }

    /// <summary>The store was emptied.</summary>
    public void Forget()
    {
        _versions.Clear();
        _saved = null;
    }

    private async Task<CoordinatorState> OpenAsync(CoordinatorState state, Guid series, CancellationToken cancellationToken)
    {
        (ulong generation, CounterDocument recent) = await LoadAsync(CounterBlobKind.Recent, series, state, cancellationToken);
        if (generation < state.Counters.Generation)
        {
            throw RolledBack(CounterBlobKind.Recent, $"the sealed state knows generation {state.Counters.Generation}", generation);
        }

        CounterSet counters = CounterSet.Empty;
        if (recent.BaseGeneration > 0)
        {
            (ulong found, CounterDocument all) = await LoadAsync(CounterBlobKind.Base, series, state, cancellationToken);
            if (found < recent.BaseGeneration)
            {
                throw RolledBack(CounterBlobKind.Base, $"'{CounterSealer.NameOf(CounterBlobKind.Recent)}' needs generation {recent.BaseGeneration}", found);
            }

            counters = CounterSet.Create(all.Values).Based(found);
        }

        // Whichever of the two was sealed last knows how far the audit trail went.
        AuditHead? head = generation > state.Counters.Generation && recent.AuditHead is { } newer ? new AuditHead(newer.Sequence, newer.Hash) : state.AuditHead;
        return state with { Counters = counters.Raise(recent.Values).SealedApart(series, generation), AuditHead = head };
    }

    private async Task CommitAsync(CounterBlobKind kind, Guid series, CoordinatorState state, CounterDocument document)
    {
        string name = NameOf(kind);
        if (!_versions.TryGetValue(name, out StateVersion? version))
        {
            // What a state before this one left; it does not open for this one.
            version = (await store.LoadBlobAsync(name, CancellationToken.None))?.Version;
        }

        byte[] blob = CounterSealer.Seal(
            kind, series, _generation, state.Protection.Key, JsonSerializer.SerializeToUtf8Bytes(document, CounterJsonContext.Default.CounterDocument));
        _versions[name] = await store.CommitBlobAsync(name, blob, version, CancellationToken.None);
    }

    private async Task<(ulong Generation, CounterDocument Document)> LoadAsync(
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
            return (generation, JsonSerializer.Deserialize(content, CounterJsonContext.Default.CounterDocument)!);
        }
        catch (JsonException exception)
        {
            throw new SealedStateException($"'{name}' opens, but its content cannot be read by this release. Use the release that wrote it.", exception);
        }
    }

    private static string NameOf(CounterBlobKind kind) => kind == CounterBlobKind.Recent ? BlobNames.Counters : BlobNames.CountersBase;

    private static SealedStateException RolledBack(CounterBlobKind kind, string known, ulong found) =>
        new($"The counters were rolled back: {known}, but '{CounterSealer.NameOf(kind)}' is of generation {found}. Put the newer file back.");
}
