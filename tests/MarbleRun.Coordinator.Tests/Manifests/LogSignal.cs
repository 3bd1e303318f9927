using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Signals that an event was logged.</summary>
internal sealed class LogSignal : ILoggerProvider, ILogger
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _events = [];

    public Task WaitAsync(string eventName) =>
        Find(eventName).Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name is { } name)
        {
            Find(name).TrySetResult();
        }
    }

    private TaskCompletionSource Find(string eventName) =>
        _events.GetOrAdd(eventName, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
