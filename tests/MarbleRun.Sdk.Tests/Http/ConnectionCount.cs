using Microsoft.AspNetCore.Connections;

namespace MarbleRun.Tests.Http;

/// <summary>Counts the connections that a server holds.</summary>
internal sealed class ConnectionCount
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Those that are open now.</summary>
    public int Open { get; private set; }

    /// <summary>The most that were open at a time.</summary>
    public int Most { get; private set; }

    /// <summary>All so far.</summary>
    public int Total { get; private set; }

    /// <summary>For Kestrel's connection pipeline.</summary>
    public ConnectionDelegate Count(ConnectionDelegate next) => async connection =>
    {
        Add(1);
        try
        {
            await next(connection);
        }
        finally
        {
            Add(-1);
        }
    };

    /// <summary>Returns when exactly so many are open.</summary>
    public async Task WaitForAsync(int open, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (Open == open)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private void Add(int change)
    {
        lock (_lock)
        {
            Open += change;
            Total += Math.Max(change, 0);
            Most = Math.Max(Most, Open);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
