using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MarbleRun.TestSupport;

/// <summary>Keeps every log entry, at every level, as text: message, all structured values and the exception.</summary>
public sealed class RecordingLogs : ILoggerProvider, ILoggerFactory
{
    /// <summary>The entries so far.</summary>
    public ConcurrentQueue<string> Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Recorder(categoryName, Entries);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Recorder(string category, ConcurrentQueue<string> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            entries.Enqueue($"{category} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            IEnumerable<string> values = state is IEnumerable<KeyValuePair<string, object?>> pairs
                ? pairs.Select(p => $"{p.Key}={p.Value}")
                : [];
            entries.Enqueue(
                $"{logLevel} {category} {eventId.Name}: {formatter(state, exception)} [{string.Join("; ", values)}] {exception}");
        }
    }
}
