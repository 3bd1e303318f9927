using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The final message of a Coordinator that could not start.</summary>
internal static partial class StartFailure
{
    private const string Addresses =
        "Coordinator:MeshAddress (--mesh-address), Coordinator:ClientAddress (--client-address) "
        + "and Coordinator:MetricsAddress (--metrics-address)";

    public static void Report(ILoggerFactory loggers, Exception exception) =>
        Log.CannotStart(loggers.CreateLogger("MarbleRun.Coordinator"), Describe(exception));

    /// <summary>The error and its remedy. The server reports which address is in use, but for other failures to listen only the system's
    /// message.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"a port cannot be opened: {exception.Message}. A port below 1024 needs a permission that this process does "
                + $"not have: choose other ports in {Addresses}.",
        SocketException => $"a port cannot be opened: {exception.Message}. Check {Addresses}.",
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Another program uses this port, possibly another Coordinator: "
                + $"stop it, or choose another port in {Addresses}.",
        InvalidDataException { InnerException: not null } => $"{exception.Message} {exception.GetBaseException().Message}",
        _ when OptionForms.TryDescribe(exception, out string? sentence) => sentence,
        _ => exception.Message,
    };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.CoordinatorCannotStart,
            LogLevel.Critical,
            "The Coordinator cannot start: {Reason}",
            EventName = "CoordinatorCannotStart")]
        public static partial void CannotStart(ILogger logger, string reason);
    }
}
