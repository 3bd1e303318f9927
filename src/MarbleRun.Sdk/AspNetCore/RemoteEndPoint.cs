using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MarbleRun.AspNetCore;

/// <summary>Gets the address of a request's connection. Middleware can replace the address of the request with one from a header.</summary>
internal static class RemoteEndPoint
{
    public static IPEndPoint? Of(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.RemoteEndPoint as IPEndPoint
        ?? (context.Features.Get<IHttpConnectionFeature>() is { RemoteIpAddress: { } address } connection
            ? new IPEndPoint(address, connection.RemotePort)
            : null);
}
