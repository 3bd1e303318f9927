namespace MarbleRun.Coordinator.Hosting;

/// <summary>The last word of a Coordinator that could not start.</summary>
internal static partial class StartFailure
{
    public static void Report(ILoggerFactory loggers, Exception exception) =>
        Log.CannotStart(loggers.CreateLogger("MarbleRun.Coordinator"), exception.Message);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "The Coordinator cannot start: {Reason}", EventName = "CoordinatorCannotStart")]
        public static partial void CannotStart(ILogger logger, string reason);
    }
}
