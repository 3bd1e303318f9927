using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>Audit trails in memory, whose answers can be lost.</summary>
internal sealed class MemoryAuditStore : IAuditStore
{
    private readonly Lock _lock = new();

    /// <summary>The lines of each trail, by their number. A test can change and remove them, as the store's operator could.</summary>
    public Dictionary<string, SortedDictionary<long, ReadOnlyMemory<byte>>> Trails { get; } = new(StringComparer.Ordinal);

    /// <summary>Called for each append with what makes it; the default makes it.</summary>
    public Action<Action> Append { get; set; } = make => make();

    /// <summary>How many lines were read.</summary>
    public int Reads { get; private set; }

    public static StateStoreException Unknown() => new("no answer") { IsOutcomeUnknown = true };

    public ValueTask AppendAsync(
        string replica, long first, IReadOnlyList<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        Append(() => Add(replica, first, lines));
        return ValueTask.CompletedTask;
    }

    public ValueTask<StoredAuditLine?> ReadLastAsync(string replica, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(
                Trails.TryGetValue(replica, out SortedDictionary<long, ReadOnlyMemory<byte>>? trail) && trail.Count > 0
                    ? new StoredAuditLine(trail.Keys.Max(), trail[trail.Keys.Max()])
                    : (StoredAuditLine?)null);
        }
    }

    public ValueTask<IReadOnlyList<StoredAuditLine>> ReadAsync(
        string replica, long first, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            StoredAuditLine[] found =
            [
                .. Trails[replica].Where(line => line.Key >= first).Take(limit).Select(line => new StoredAuditLine(line.Key, line.Value)),
            ];
            Reads += found.Length;
            return ValueTask.FromResult<IReadOnlyList<StoredAuditLine>>(found);
        }
    }

    private void Add(string replica, long first, IReadOnlyList<ReadOnlyMemory<byte>> lines)
    {
        lock (_lock)
        {
            if (!Trails.TryGetValue(replica, out SortedDictionary<long, ReadOnlyMemory<byte>>? trail))
            {
                trail = Trails[replica] = [];
            }

            bool isThere = trail.ContainsKey(first + lines.Count - 1)
                && lines.Select((line, i) => trail[first + i].Span.SequenceEqual(line.Span)).All(isSame => isSame);
            if (!isThere && trail.Keys.LastOrDefault() != first - 1)
            {
                throw new StateStoreException("another end") { IsConflict = true };
            }

            for (int i = 0; i < lines.Count; i++)
            {
                trail[first + i] = lines[i];
            }
        }
    }
}
