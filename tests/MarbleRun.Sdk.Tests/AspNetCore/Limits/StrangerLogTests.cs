using MarbleRun.AspNetCore.Limits;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.AspNetCore.Limits;

/// <summary>Lines that strangers can bring about.</summary>
[Trait("Security", "G2")]
public sealed partial class StrangerLogTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingLogs _logs = new();

    [Fact]
    public void Log_OfAFlood_IsDebugBeyondItsQuota()
    {
        var log = new StrangerLog<StrangerLogTests>(_logs, _clock);
        for (int i = 0; i < 1000; i++)
        {
            Refused(log, i);
        }

        Assert.Equal(StrangerLog<StrangerLogTests>.Burst, Count("Warning"));
        Assert.Equal(1000, Count("Warning") + Count("Debug"));
    }

    [Fact]
    public void Log_OfAnotherEvent_HasItsOwnQuota()
    {
        var log = new StrangerLog<StrangerLogTests>(_logs, _clock);
        for (int i = 0; i < 1000; i++)
        {
            Refused(log, i);
        }

        Other(log);

        Assert.Contains(_logs.Entries, e => e.StartsWith("Warning", StringComparison.Ordinal) && e.Contains("another", StringComparison.Ordinal));
    }

    [Fact]
    public void Log_AfterAWhile_IsWrittenAgain()
    {
        var log = new StrangerLog<StrangerLogTests>(_logs, _clock);
        for (int i = 0; i < 100; i++)
        {
            Refused(log, i);
        }

        _clock.Advance(StrangerLog<StrangerLogTests>.Interval * 3);
        for (int i = 0; i < 100; i++)
        {
            Refused(log, i);
        }

        Assert.Equal(StrangerLog<StrangerLogTests>.Burst + 3, Count("Warning"));
    }

    private int Count(string level) => _logs.Entries.Count(e => e.StartsWith(level, StringComparison.Ordinal));

    [LoggerMessage(1, LogLevel.Warning, "Refused {Number}.")]
    private static partial void Refused(ILogger logger, int number);

    [LoggerMessage(2, LogLevel.Warning, "That is another.")]
    private static partial void Other(ILogger logger);
}
