namespace MarbleRun.AspNetCore.Limits;

/// <summary>
/// Lets a few handshakes at a time be worked on. Who waits is served in this order: what is small before what is large, in each of the two
/// the addresses that have time left before those that have spent it, and among these one turn of each address after another. No place
/// stays empty while somebody waits who may have it.
/// </summary>
internal sealed class HandshakeGate : IDisposable
{
    /// <summary>A place whose work did not say that it ended is taken back after this time.</summary>
    public static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly HandshakeQueue[] _queues = [new(), new(), new(), new()];
    private readonly HashSet<HandshakeTurn> _working = [];
    private readonly int _places;
    private readonly int _placesForLarge;
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;

    public HandshakeGate(int places, TimeProvider timeProvider)
    {
        _places = places;

        // A caller that sends the largest handshakes cannot take all places.
        _placesForLarge = Math.Max(1, places / 2);
        _timeProvider = timeProvider;
        _timer = timeProvider.CreateTimer(_ => TakeBack(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Working
    {
        get
        {
            lock (_lock)
            {
                return _working.Count;
            }
        }
    }

    public int Waiting { get; private set; }

    /// <summary>Waits for a place.</summary>
    /// <returns>The turn, which <see cref="Leave"/> ends.</returns>
    /// <exception cref="OperationCanceledException">No caller waits any more.</exception>
    public async ValueTask<HandshakeTurn> EnterAsync(AddressAccount caller, bool isLarge, CancellationToken cancellationToken)
    {
        var turn = new HandshakeTurn(caller, isLarge);
        HandshakeQueue queue;
        lock (_lock)
        {
            if (HasPlace(isLarge))
            {
                Begin(turn);
                return turn;
            }

            queue = _queues[(isLarge ? 2 : 0) + (caller.HasTime ? 0 : 1)];
            queue.Add(turn);
            if (++Waiting == 1)
            {
                _timer.Change(LongestTurn, LongestTurn);
            }
        }

        await using (cancellationToken.UnsafeRegister(_ => GiveUp(queue, turn, cancellationToken), state: null).ConfigureAwait(false))
        {
            await turn.Granted.Task.ConfigureAwait(false);
        }

        return turn;
    }

    /// <summary>The work of a turn has ended; the address pays for its time. A second call does nothing.</summary>
    public void Leave(HandshakeTurn turn)
    {
        lock (_lock)
        {
            End(turn);
            Serve();
        }
    }

    public void Dispose() => _timer.Dispose();

    private bool HasPlace(bool isLarge) => _working.Count < _places && (!isLarge || _working.Count(t => t.IsLarge) < _placesForLarge);

    private void Begin(HandshakeTurn turn)
    {
        turn.Start = _timeProvider.GetTimestamp();
        _working.Add(turn);
    }

    private void End(HandshakeTurn turn)
    {
        if (_working.Remove(turn))
        {
            turn.Caller.Spend(_timeProvider.GetElapsedTime(turn.Start));
        }
    }

    private void Serve()
    {
        for (int i = 0; i < _queues.Length; i++)
        {
            while (!_queues[i].IsEmpty && HasPlace(isLarge: i >= 2))
            {
                HandshakeTurn turn = _queues[i].Take();
                Waiting--;
                Begin(turn);
                turn.Granted.TrySetResult();
            }
        }
    }

    private void GiveUp(HandshakeQueue queue, HandshakeTurn turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!queue.Remove(turn))
            {
                return;
            }

            Waiting--;
        }

        turn.Granted.TrySetCanceled(cancellationToken);
    }

    private void TakeBack()
    {
        lock (_lock)
        {
            foreach (HandshakeTurn late in _working.Where(t => _timeProvider.GetElapsedTime(t.Start) >= LongestTurn).ToArray())
            {
                End(late);
            }

            Serve();
            if (Waiting == 0)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }
}

/// <summary>One piece of work of a handshake: it waits for a place, and then has it until the work is done.</summary>
internal sealed class HandshakeTurn(AddressAccount caller, bool isLarge)
{
    public AddressAccount Caller => caller;

    /// <summary>Whether the client has sent much: only certificates are that large, and each has its price.</summary>
    public bool IsLarge => isLarge;

    /// <summary>Completes when the place is there.</summary>
    public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When the work began; written by the gate alone.</summary>
    public long Start { get; set; }
}
