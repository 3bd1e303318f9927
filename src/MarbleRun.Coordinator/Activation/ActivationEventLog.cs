namespace MarbleRun.Coordinator.Activation;

/// <summary>The last activations, only in memory, as a ring buffer of fixed size.</summary>
internal sealed class ActivationEventLog
{
    /// <summary>How many are kept.</summary>
    public const int Capacity = 1000;

    private readonly Lock _lock = new();
    private readonly ActivationEvent[] _ring = new ActivationEvent[Capacity];
    private long _count;

    public void Add(ActivationEvent activation)
    {
        lock (_lock)
        {
            _ring[_count++ % Capacity] = activation;
        }
    }

    /// <summary>A copy, the oldest first; later activations do not change it.</summary>
    public ActivationEvent[] Snapshot()
    {
        lock (_lock)
        {
            var events = new ActivationEvent[Math.Min(_count, Capacity)];
            for (int i = 0; i < events.Length; i++)
            {
                events[i] = _ring[(_count - events.Length + i) % Capacity];
            }

            return events;
        }
    }
}

/// <summary>One successful activation.</summary>
/// <param name="Time">When it was answered.</param>
/// <param name="MarbleType">A type of the manifest that was in force.</param>
/// <param name="Uuid">The instance.</param>
/// <param name="QuoteSha256">SHA-256 of the quote, without the evidence header, in lower-case hex; null for an empty quote.</param>
internal sealed record ActivationEvent(DateTimeOffset Time, string MarbleType, Guid Uuid, string? QuoteSha256);
