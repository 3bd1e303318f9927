namespace MarbleRun.Coordinator.Limits;

/// <summary>How many calls of one kind there may be at the same time, together and of one address.</summary>
/// <param name="count">Of all addresses.</param>
/// <param name="perAddress">Of one address.</param>
internal sealed class CallPlaces(int count, int perAddress)
{
    private readonly Lock _lock = new();

    /// <summary>Only addresses that have a place are in it, so that invented ones cost nothing.</summary>
    private readonly Dictionary<CallerAddress, int> _taken = [];

    private int _all;

    /// <summary>Takes a place, if there is one.</summary>
    public PlaceOutcome TryTake(CallerAddress address)
    {
        lock (_lock)
        {
            int own = _taken.GetValueOrDefault(address);
            if (_all >= count || own >= perAddress)
            {
                return _all >= count ? PlaceOutcome.AllFull : PlaceOutcome.CallerFull;
            }

            _taken[address] = own + 1;
            _all++;
            return PlaceOutcome.Taken;
        }
    }

    /// <summary>Gives a place back that was taken.</summary>
    public void Leave(CallerAddress address)
    {
        lock (_lock)
        {
            _all--;
            if (--_taken[address] == 0)
            {
                _taken.Remove(address);
            }
        }
    }
}

/// <summary>What came of asking for a place.</summary>
internal enum PlaceOutcome
{
    /// <summary>All places are taken.</summary>
    AllFull,

    /// <summary>There are places, but this address has as many as it may have.</summary>
    CallerFull,

    /// <summary>It was taken, and must be left again.</summary>
    Taken,
}
