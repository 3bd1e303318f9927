using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation;

/// <summary>Warnings on standard error, for an activation that was given no logger: they must not be lost.</summary>
internal sealed class ConsoleWarnings : ILogger
{
    private ConsoleWarnings()
    {
    }

    public static ConsoleWarnings Instance { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and < LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Write(formatter(state, exception));
        }
    }

    /// <summary>Writes a sentence to standard error.</summary>
    public static void Write(string sentence)
    {
#pragma warning disable RS0030 // There is no other place: the app has not started yet, and a variable of the host must not silence it.
        Console.Error.WriteLine($"marblerun: {sentence}");
#pragma warning restore RS0030
    }
}
