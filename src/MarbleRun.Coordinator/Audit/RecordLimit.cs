namespace MarbleRun.Coordinator.Audit;

/// <summary>So many records of one kind in each minute; the others are counted.</summary>
internal sealed class RecordLimit(int perMinute, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private long _minute;
    private int _taken;
    private int _omitted;

    /// <summary>Whether a record may be written now.</summary>
    /// <param name="omitted">How many were left out since the last one; it is told by this one.</param>
    public bool TryTake(out int omitted)
    {
        lock (_lock)
        {
            long minute = timeProvider.GetUtcNow().ToUnixTimeSeconds() / 60;
            if (minute != _minute)
            {
                (_minute, _taken) = (minute, 0);
            }

            if (_taken >= perMinute)
            {
                _omitted++;
                omitted = 0;
                return false;
            }

            _taken++;
            (omitted, _omitted) = (_omitted, 0);
            return true;
        }
    }
}
