using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The last word of a Coordinator that could not start.</summary>
internal static partial class StartFailure
{
    private const string Addresses = "Coordinator:MeshAddress (--mesh-address), Coordinator:ClientAddress (--client-address) and Coordinator:MetricsAddress (--metrics-address)";

    public static void Report(ILoggerFactory loggers, Exception exception) =>
        Log.CannotStart(loggers.CreateLogger("MarbleRun.Coordinator"), Describe(exception));

    /// <summary>What is wrong and what to do. The server tells which address is in use, but of other failures to listen only what the system says.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"a port cannot be opened: {exception.Message}. A port below 1024 needs a right that this process does not have: choose others in {Addresses}.",
        SocketException => $"a port cannot be opened: {exception.Message}. Check {Addresses}.",
        IOException { InnerException: AddressInUseException } =>
            $"{exception.Message} Another program listens there, perhaps a Coordinator that runs already: stop it, or choose another port in {Addresses}.",
        InvalidDataException { InnerException: not null } => $"{exception.Message} {exception.GetBaseException().Message}",
        _ when OptionForms.TryDescribe(exception, out string? sentence) => sentence,
        _ => exception.Message,
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "The Coordinator cannot start: {Reason}", EventName = "CoordinatorCannotStart")]
        public static partial void CannotStart(ILogger logger, string reason);
    }
}
