namespace MarbleRun.Coordinator.Audit;

/// <summary>Limits the records of one kind in each minute; the others are counted.</summary>
internal sealed class RecordLimit(int perMinute, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private long _minute;
    private int _taken;
    private int _omitted;

    /// <summary>Whether a record may be written now.</summary>
    /// <param name="omitted">The number of records omitted since the last one; this record contains it.</param>
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
