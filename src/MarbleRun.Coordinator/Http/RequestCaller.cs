using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Http;

/// <summary>Identifies the caller of a request for limits. It does not authorize: the login does.</summary>
internal static class RequestCaller
{
    /// <summary>The address of the connection, and whether its certificate is that of a user of the manifest in force.</summary>
    public static Caller Of(HttpContext context, CoordinatorState state) => Caller.Of(
        context.Connection.RemoteIpAddress,
        context.Connection.ClientCertificate is { } leaf && state.Manifest?.Users.Find(leaf.RawDataMemory.Span) is not null);
}
