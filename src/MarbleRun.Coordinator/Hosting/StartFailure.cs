using System.Net.Sockets;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The last word of a Coordinator that could not start.</summary>
internal static partial class StartFailure
{
    public static void Report(ILoggerFactory loggers, Exception exception) =>
        Log.CannotStart(loggers.CreateLogger("MarbleRun.Coordinator"), Describe(exception));

    // The server tells which address is in use, but of other failures to listen only what the system says.
    private static string Describe(Exception exception) => exception is SocketException
        ? $"a port cannot be opened: {exception.Message}. Check Coordinator:MeshAddress, Coordinator:ClientAddress and Coordinator:MetricsAddress."
        : exception.Message;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "The Coordinator cannot start: {Reason}", EventName = "CoordinatorCannotStart")]
        public static partial void CannotStart(ILogger logger, string reason);
    }
}
