using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.TestSupport;

/// <summary>
/// A clock that stands still, and reports when a caller begins to wait on it, so that a test advances it at the right moment.
/// </summary>
public sealed class WaitingClock() : FakeTimeProvider(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero))
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero)
        {
            _waits.Writer.TryWrite(dueTime);
        }

        return timer;
    }

    /// <summary>Returns when somebody has begun to wait for at most <paramref name="longest"/>; each wait is reported once.</summary>
    public async Task<TimeSpan> WaitForTimerAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait = await _waits.Reader.ReadAsync(cancellationToken);
            if (wait <= longest)
            {
                return wait;
            }
        }
    }
}
