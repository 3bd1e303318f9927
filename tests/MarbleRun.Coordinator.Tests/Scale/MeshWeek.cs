using MarbleRun.Activation.Renewal;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Scale;

/// <summary>
/// A week of a mesh at three Coordinators, in virtual time: starts, renewals, updates and outages. What decides is the code of the product:
/// the delays of Marbles, and the queue and the pace of each Coordinator. Cryptography and sockets are left out.
/// </summary>
internal sealed class MeshWeek
{
    public static readonly TimeSpan Duration = TimeSpan.FromDays(7);

    private static readonly DateTimeOffset s_begin = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_serving = ScaleFormulas.Renewal / ScaleFormulas.Processors;

    /// <summary>How long a Marble that starts waits while no Coordinator answers.</summary>
    private static readonly TimeSpan s_startAgain = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new(s_begin);
    private readonly Random _random;
    private readonly RenewalDelays _delays;
    private readonly SimulatedMarble[] _marbles;
    private readonly SimulatedCoordinator[] _coordinators;

    /// <summary>What happens next: an act of the operator, a Marble that renews, or a Coordinator that has served one.</summary>
    private readonly PriorityQueue<object, (long At, long Number)> _events = new();
    private readonly int[] _renewalsBySecond = new int[(int)Duration.TotalSeconds + 1];
    private SimulatedCoordinator[] _up;
    private long _number;

    public MeshWeek(int marbles, int seed)
    {
        _random = new Random(seed);
        _delays = new RenewalDelays(_random.NextDouble);
        _marbles = [.. Enumerable.Range(0, marbles).Select(i => new SimulatedMarble(NewUuid(), i % ScaleFormulas.OneCountedOf == 0))];
        _coordinators =
        [
            .. Enumerable.Range(0, ScaleFormulas.Coordinators).Select(_ => new SimulatedCoordinator(ScaleFormulas.Lifetime, Postpone)),
        ];
        _up = _coordinators;
    }

    public long Activations { get; private set; }

    public long Renewals { get; private set; }

    /// <summary>How often a Marble was asked to come later.</summary>
    public long Postponed { get; private set; }

    /// <summary>How often a Marble found no Coordinator.</summary>
    public long Failed { get; private set; }

    public long Commits { get; private set; }

    public long AuditRecords { get; private set; }

    /// <summary>Certificates that ended before they were renewed.</summary>
    public long Ended { get; private set; }

    /// <summary>Marbles start, evenly within a time.</summary>
    public void Start(TimeSpan within)
    {
        foreach (SimulatedMarble marble in _marbles)
        {
            At(within * _random.NextDouble(), () => StartAsync(marble));
        }
    }

    /// <summary>Marbles start again, as many on each day as the formulas have it.</summary>
    public void StartAgain()
    {
        int count = (int)(_marbles.Length * ScaleFormulas.StartsPerDay * Duration.TotalDays);
        for (int i = 0; i < count; i++)
        {
            At(Duration * _random.NextDouble(), () => StartAsync(_marbles[_random.Next(_marbles.Length)]));
        }
    }

    /// <summary>The manifest is updated: all Marbles renew, because their authority is not the first one any more.</summary>
    public void Update(TimeSpan at) => At(at, () =>
    {
        (Commits, AuditRecords) = (Commits + 1, AuditRecords + 1);
        foreach (SimulatedMarble marble in _marbles.Where(m => m.NotAfter != default && !m.IsAtCoordinator))
        {
            TimeSpan early = _delays.Early(ScaleFormulas.Lifetime);
            if (Now + early < marble.Next)
            {
                Plan(marble, early);
            }
        }

        return Task.CompletedTask;
    });

    /// <summary>Coordinators do not answer for some time.</summary>
    /// <param name="at">When it begins.</param>
    /// <param name="duration">How long it takes.</param>
    /// <param name="coordinators">How many Coordinators.</param>
    public void Lose(TimeSpan at, TimeSpan duration, int coordinators)
    {
        At(at, () => SetUp(isUp: false));
        At(at + duration, () => SetUp(isUp: true));

        Task SetUp(bool isUp)
        {
            _up = isUp ? _coordinators : _coordinators[coordinators..];
            return Task.CompletedTask;
        }
    }

    /// <summary>Runs to the end of the week.</summary>
    public async Task RunAsync()
    {
        while (_events.TryDequeue(out object? next, out (long At, long) time) && time.At <= Duration.Ticks)
        {
            _clock.SetUtcNow(s_begin.AddTicks(time.At));
            await (next switch
            {
                // Another time may have been planned since.
                SimulatedMarble marble => marble.Next == Now && !marble.IsAtCoordinator ? RenewAsync(marble) : Task.CompletedTask,
                SimulatedCoordinator coordinator => ServeAsync(coordinator),
                _ => ((Func<Task>)next)(),
            });
        }
    }

    /// <summary>The most renewals in a second, on average over a minute, from a time on.</summary>
    public double FindPeak(TimeSpan from, TimeSpan within)
    {
        int minute = (int)TimeSpan.FromMinutes(1).TotalSeconds;
        return Enumerable.Range((int)from.TotalSeconds, (int)within.TotalSeconds - minute)
            .Max(second => _renewalsBySecond.AsSpan(second, minute).ToArray().Average());
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    private void At(TimeSpan at, Func<Task> act) => Enqueue(at, act);

    private void Enqueue(TimeSpan at, object next) => _events.Enqueue(next, (at.Ticks, _number++));

    private void Plan(SimulatedMarble marble, TimeSpan delay)
    {
        marble.Next = Now + delay;
        Enqueue(marble.Next - s_begin, marble);
    }

    private Task StartAsync(SimulatedMarble marble)
    {
        if (marble.IsAtCoordinator || _up.Length == 0)
        {
            At(Now - s_begin + (s_startAgain * _random.NextDouble()), () => StartAsync(marble));
            return Task.CompletedTask;
        }

        Activations++;
        AuditRecords++;
        Commits += marble.IsCounted ? 1 : 0;
        Receive(marble);
        return Task.CompletedTask;
    }

    private async Task RenewAsync(SimulatedMarble marble)
    {
        Ended += Now >= marble.NotAfter ? 1 : 0;
        if (_up.Length == 0)
        {
            Failed++;
            Retry(marble, retryAfter: null);
            return;
        }

        SimulatedCoordinator coordinator = _up[_random.Next(_up.Length)];
        bool wasBusy = coordinator.IsBusy;
        marble.IsAtCoordinator = true;
        await coordinator.EnterAsync(marble, Now);
        if (!wasBusy && coordinator.IsBusy)
        {
            ServeLater(coordinator);
        }
    }

    private void ServeLater(SimulatedCoordinator coordinator) => Enqueue(Now - s_begin + s_serving, coordinator);

    private async Task ServeAsync(SimulatedCoordinator coordinator)
    {
        SimulatedMarble marble = await coordinator.ServeAsync();
        Ended += Now >= marble.NotAfter ? 1 : 0;
        Renewals++;
        AuditRecords++;
        _renewalsBySecond[(int)(Now - s_begin).TotalSeconds]++;
        Receive(marble);
        if (coordinator.IsBusy)
        {
            ServeLater(coordinator);
        }
    }

    private void Receive(SimulatedMarble marble)
    {
        (marble.IsAtCoordinator, marble.Failures, marble.NotAfter) = (false, 0, Now + ScaleFormulas.Lifetime);
        Plan(marble, _delays.First(ScaleFormulas.Lifetime));
    }

    private void Postpone(SimulatedMarble marble, TimeSpan later)
    {
        Postponed++;
        Retry(marble, later);
    }

    private void Retry(SimulatedMarble marble, TimeSpan? retryAfter)
    {
        marble.IsAtCoordinator = false;
        marble.Failures++;
        Plan(marble, _delays.AfterFailure(
            RenewalFailure.Unavailable, retryAfter, isActivation: false, marble.Failures, ScaleFormulas.Lifetime, marble.NotAfter - Now));
    }

    private Guid NewUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
