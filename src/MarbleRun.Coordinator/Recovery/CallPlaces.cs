namespace MarbleRun.Coordinator.Recovery;

/// <summary>How many calls of one kind may wait at the same time.</summary>
internal sealed class CallPlaces(int count)
{
    private int _taken;

    /// <summary>Takes a place, which must be left again; false if there is none.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= count)
        {
            return true;
        }

        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _taken);
}
