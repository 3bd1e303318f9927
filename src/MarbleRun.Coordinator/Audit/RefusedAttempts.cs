using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// The last refused activations and renewals with their checks, in memory. Unauthenticated callers cause them, so number and size are
/// bounded, repetitions are counted, and one kind of attempt has only a share: many attempts of it do not displace the others.
/// </summary>
internal sealed class RefusedAttempts(TimeProvider timeProvider)
{
    /// <summary>The most attempts.</summary>
    public const int MaxCount = 100;

    /// <summary>The most attempts of one <see cref="RefusedAttempt.Kind"/>.</summary>
    public const int MaxOfKind = 10;

    /// <summary>The most memory of all together.</summary>
    public const int MaxBytes = 512 * 1024;

    private readonly Lock _lock = new();
    private readonly List<RefusedAttempt> _attempts = [];
    private int _bytes;

    /// <summary>The memory that they take at most, in bytes.</summary>
    public int Size
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Adds one that was refused now.</summary>
    public void Add(RefusedAttempt attempt)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        lock (_lock)
        {
            if (_attempts.FindIndex(attempt.Repeats) is >= 0 and var index)
            {
                RefusedAttempt known = _attempts[index];
                _attempts.RemoveAt(index);
                _attempts.Add(known with { Count = known.Count + 1, LastTime = now });
                return;
            }

            if (_attempts.Count(a => a.Kind == attempt.Kind) >= MaxOfKind)
            {
                RemoveAt(_attempts.FindIndex(a => a.Kind == attempt.Kind));
            }

            _attempts.Add(attempt with { FirstTime = now, LastTime = now });
            _bytes += attempt.Size;
            while (_attempts.Count > MaxCount || _bytes > MaxBytes)
            {
                RemoveAt(0);
            }
        }
    }

    /// <summary>All that are known, the last ones first.</summary>
    public ImmutableArray<RefusedAttempt> Read()
    {
        lock (_lock)
        {
            return [.. Enumerable.Reverse(_attempts)];
        }
    }

    private void RemoveAt(int index)
    {
        _bytes -= _attempts[index].Size;
        _attempts.RemoveAt(index);
    }
}
