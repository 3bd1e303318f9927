using MarbleRun.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace MarbleRun.AspNetCore;

/// <summary>A connection that Kestrel accepted.</summary>
internal sealed class ServerConnection(BaseConnectionContext connection, ILogger logger) : PeerConnection(logger)
{
    public override bool IsOpen => !connection.ConnectionClosed.IsCancellationRequested;

    /// <summary>HTTP/2 sends GOAWAY, HTTP/1.1 <c>Connection: close</c>; an idle connection closes.</summary>
    protected override void Drain() => connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

    protected override void AbortCore(string reason) => connection.Abort(new ConnectionAbortedException(reason));
}
