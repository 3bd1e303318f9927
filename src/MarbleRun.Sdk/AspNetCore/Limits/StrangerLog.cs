using Microsoft.Extensions.Logging;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>Writes what strangers bring about: each event has a quota of lines, and what is beyond it is written at debug level.</summary>
internal sealed class StrangerLog<T>(ILoggerFactory loggers, TimeProvider timeProvider) : ILogger<T>
{
    /// <summary>So many lines of an event may come at once.</summary>
    public const int Burst = 30;

    /// <summary>Then one each.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly ILogger<T> _inner = loggers.CreateLogger<T>();
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Quota> _quotas = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => _inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        LogLevel level = logLevel <= LogLevel.Debug || TryTake(eventId.Id) ? logLevel : LogLevel.Debug;
        if (_inner.IsEnabled(level))
        {
            _inner.Log(level, eventId, state, exception, formatter);
        }
    }

    private bool TryTake(int eventId)
    {
        lock (_lock)
        {
            long now = timeProvider.GetTimestamp();
            if (!_quotas.TryGetValue(eventId, out Quota? quota))
            {
                _quotas.Add(eventId, quota = new Quota { Since = now });
            }

            quota.Lines = Math.Min(Burst, quota.Lines + (timeProvider.GetElapsedTime(quota.Since, now) / Interval));
            quota.Since = now;
            if (quota.Lines < 1)
            {
                return false;
            }

            quota.Lines--;
            return true;
        }
    }

    private sealed class Quota
    {
        public double Lines { get; set; } = Burst;

        public long Since { get; set; }
    }
}
