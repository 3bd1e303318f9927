using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation;

/// <summary>Writes warnings to standard error for an activation without a logger: they must not be lost.</summary>
internal sealed class ConsoleWarnings : ILogger
{
    private ConsoleWarnings()
    {
    }

    public static ConsoleWarnings Instance { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and < LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Write(formatter(state, exception));
        }
    }

    /// <summary>Writes a message to standard error.</summary>
    public static void Write(string message)
    {
#pragma warning disable RS0030 // The app has not started, so there is no log yet, and a variable of the host must not suppress the message.
        Console.Error.WriteLine($"marblerun: {message}");
#pragma warning restore RS0030
    }
}
