using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Http;

/// <summary>Tells limits who sends a request. It lets nobody in: that is the log-in's part.</summary>
internal static class RequestCaller
{
    /// <summary>The address of the connection, and whether its certificate is that of a user of the manifest in force.</summary>
    public static Caller Of(HttpContext context, CoordinatorState state) => Caller.Of(
        context.Connection.RemoteIpAddress,
        context.Connection.ClientCertificate is { } leaf && state.Manifest?.Users.Find(leaf.RawDataMemory.Span) is not null);
}
