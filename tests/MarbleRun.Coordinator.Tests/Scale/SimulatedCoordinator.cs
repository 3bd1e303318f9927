using MarbleRun.Coordinator.Renewal;

namespace MarbleRun.Coordinator.Tests.Scale;

/// <summary>
/// The renewals of one Coordinator in virtual time: its queue and its pace decide, and its processors serve those whose turn it is, one
/// after another.
/// </summary>
/// <param name="lifetime">The lifetime of a certificate.</param>
/// <param name="postponed">Called for a Marble that is asked to come later.</param>
internal sealed class SimulatedCoordinator(TimeSpan lifetime, Action<SimulatedMarble, TimeSpan> postponed)
{
    private const string MarbleType = "web";

    private readonly RenewalQueue _queue = new(ScaleFormulas.AtOnce, ScaleFormulas.Places);
    private readonly RenewalPace _pace = new(lifetime);
    private readonly Queue<SimulatedMarble> _served = [];

    /// <summary>Those that wait, in the order in which the queue serves them.</summary>
    private readonly SortedSet<(DateTimeOffset NotAfter, long Number)> _order = [];

    private readonly Dictionary<long, (SimulatedMarble Marble, Task<TimeSpan?> Turn)> _waiting = [];

    private long _number;

    /// <summary>Whether it serves a renewal.</summary>
    public bool IsBusy => _served.Count > 0;

    /// <summary>A Marble wants to renew.</summary>
    public async Task EnterAsync(SimulatedMarble marble, DateTimeOffset now)
    {
        if (_pace.TryBegin(MarbleType, marble.Uuid, now) is { } wait)
        {
            postponed(marble, wait);
            return;
        }

        Task<TimeSpan?> turn = _queue.EnterAsync(marble.NotAfter, now, CancellationToken.None);
        if (!turn.IsCompleted)
        {
            _order.Add((marble.NotAfter, _number));
            _waiting.Add(_number++, (marble, turn));
            if (_waiting.Count > ScaleFormulas.Places)
            {
                (SimulatedMarble last, Task<TimeSpan?> refused) = Take(_order.Max);
                Postpone(last, Assert.NotNull(await refused));
            }
        }
        else if (await turn is { } later)
        {
            Postpone(marble, later);
        }
        else
        {
            _served.Enqueue(marble);
        }
    }

    /// <summary>One renewal has ended; the next one begins.</summary>
    public async Task<SimulatedMarble> ServeAsync()
    {
        SimulatedMarble renewed = _served.Dequeue();
        _queue.Leave();
        _pace.End(MarbleType, renewed.Uuid, isRenewed: true);
        if (_waiting.Count > 0)
        {
            (SimulatedMarble next, Task<TimeSpan?> turn) = Take(_order.Min);
            Assert.Null(await turn);
            _served.Enqueue(next);
        }

        return renewed;
    }

    private (SimulatedMarble Marble, Task<TimeSpan?> Turn) Take((DateTimeOffset NotAfter, long Number) place)
    {
        _order.Remove(place);
        _waiting.Remove(place.Number, out (SimulatedMarble, Task<TimeSpan?>) taken);
        return taken;
    }

    private void Postpone(SimulatedMarble marble, TimeSpan later)
    {
        _pace.End(MarbleType, marble.Uuid, isRenewed: false);
        postponed(marble, later);
    }
}

/// <summary>One Marble, as far as renewals depend on it.</summary>
internal sealed class SimulatedMarble(Guid uuid, bool isCounted)
{
    public Guid Uuid => uuid;

    /// <summary>Whether its activations are counted.</summary>
    public bool IsCounted => isCounted;

    /// <summary>The end of its certificate; it has none before its first activation.</summary>
    public DateTimeOffset NotAfter { get; set; }

    /// <summary>When it next does something.</summary>
    public DateTimeOffset Next { get; set; }

    /// <summary>Attempts that failed since the last one that succeeded.</summary>
    public int Failures { get; set; }

    /// <summary>Whether a Coordinator serves it, or lets it wait for its turn.</summary>
    public bool IsAtCoordinator { get; set; }
}
