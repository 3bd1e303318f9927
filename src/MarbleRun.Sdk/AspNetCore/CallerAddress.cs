using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MarbleRun.AspNetCore;

/// <summary>The address of a request's connection. Middleware can replace the one of the request by what a header says.</summary>
internal static class CallerAddress
{
    public static IPEndPoint? Of(HttpContext context) =>
        context.Features.Get<IConnectionSocketFeature>()?.Socket.RemoteEndPoint as IPEndPoint
        ?? (context.Features.Get<IHttpConnectionFeature>() is { RemoteIpAddress: { } address } connection ? new IPEndPoint(address, connection.RemotePort) : null);
}
