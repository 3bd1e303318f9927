namespace MarbleRun.Coordinator.Limits;

/// <summary>
/// Does what is dear and what anybody may ask for: few at once, and few that wait, by address. Who asks for the same at the same time gets
/// the same. Known callers have a lane of their own, which unknown callers cannot fill. Work is stopped when no caller waits for it any
/// more.
/// </summary>
/// <typeparam name="TKey">Equal keys mean the same work.</typeparam>
/// <typeparam name="TResult">What it gives.</typeparam>
internal sealed class CostlyWork<TKey, TResult>(CostlyWorkLimits limits) : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(TKey Key, bool IsKnown), Job> _jobs = [];
    private readonly Lane _unknown = new(limits);
    private readonly Lane _known = new(limits);

    /// <param name="key">Which work.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="work">Does it; its token ends when all who asked have gone.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    /// <exception cref="BusyException">There is no place.</exception>
    public async Task<TResult> DoAsync(
        TKey key, Caller caller, Func<CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Job job = Join((key, caller.IsKnown), caller, work);
        try
        {
            return await job.Work.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave((key, caller.IsKnown), job);
        }
    }

    public void Dispose()
    {
        _unknown.Dispose();
        _known.Dispose();
    }

    private Job Join((TKey Key, bool IsKnown) key, Caller caller, Func<CancellationToken, Task<TResult>> work)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(key, out Job? job))
            {
                job.Waiting++;
                return job;
            }

            Lane lane = caller.IsKnown ? _known : _unknown;
            PlaceOutcome outcome = lane.Places.TryTake(caller.Address);
            if (outcome != PlaceOutcome.Taken)
            {
                throw Busy(outcome == PlaceOutcome.CallerFull);
            }

            // The token is taken here: its source may be gone before the work begins.
            var stop = new CancellationTokenSource();
            CancellationToken token = stop.Token;
            job = new Job(stop, Task.Run(() => RunAsync(lane, caller.Address, work, token), CancellationToken.None));
            _jobs.Add(key, job);
            return job;
        }
    }

    private static async Task<TResult> RunAsync(
        Lane lane, CallerAddress address, Func<CancellationToken, Task<TResult>> work, CancellationToken stop)
    {
        try
        {
            await lane.Turn.WaitAsync(stop);
            try
            {
                return await work(stop);
            }
            finally
            {
                lane.Turn.Release();
            }
        }
        finally
        {
            lane.Places.Leave(address);
        }
    }

    /// <summary>The last caller that leaves ends the work; a later caller starts it again.</summary>
    private void Leave((TKey Key, bool IsKnown) key, Job job)
    {
        lock (_lock)
        {
            if (--job.Waiting > 0)
            {
                return;
            }

            _jobs.Remove(key);
        }

        job.Stop.Cancel();
        job.Stop.Dispose();
    }

    private BusyException Busy(bool isCallersShare) => new(isCallersShare, isCallersShare
        ? $"too many {limits.What} are being made for this address: at most {limits.PlacesOfOneAddress} at once; try again in a moment"
        : $"too many {limits.What} are being made: at most {limits.Places} at once; try again in a moment");

    private sealed class Lane(CostlyWorkLimits limits) : IDisposable
    {
        public CallPlaces Places { get; } = new(limits.Places, limits.PlacesOfOneAddress);

        public SemaphoreSlim Turn { get; } = new(limits.AtOnce, limits.AtOnce);

        public void Dispose() => Turn.Dispose();
    }

    private sealed record Job(CancellationTokenSource Stop, Task<TResult> Work)
    {
        public int Waiting { get; set; } = 1;
    }
}

/// <summary>How much of a kind of work there may be; each number applies to unknown callers and to known callers separately.</summary>
/// <param name="What">What is made, for the answer: "fresh quotes", for instance.</param>
/// <param name="AtOnce">How many are worked on at the same moment.</param>
/// <param name="Places">How many are worked on or wait.</param>
/// <param name="PlacesOfOneAddress">How many of them one address may have.</param>
internal sealed record CostlyWorkLimits(string What, int AtOnce, int Places, int PlacesOfOneAddress);
