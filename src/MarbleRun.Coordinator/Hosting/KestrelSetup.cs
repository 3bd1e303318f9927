using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Opens the Coordinator's ports on Kestrel and limits what an unauthenticated caller may send.</summary>
internal sealed class KestrelSetup(
    CoordinatorTls tls,
    PeerIdentity peers,
    IStateStore store,
    CoordinatorGuard guard,
    CoordinatorListeners listeners,
    IOptions<CoordinatorOptions> options)
    : IConfigureOptions<KestrelServerOptions>
{
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);

    public void Configure(KestrelServerOptions kestrel)
    {
        LimitOptions limits = options.Value.Limits;
        kestrel.AddServerHeader = false;

        // BodyReader enforces the limit on both ports; it answers and then closes.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // Each port is counted separately, so that a full port does not block the other.
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;

        // Clients of .NET and Go keep a connection for a minute for the next request: the client must close it, or a request is lost.
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);

        // A body or an answer at one byte per second would hold memory for days.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

        // The bytes that a connection may send before they are read, and the headers of all its requests: together below a megabyte. A
        // Marble needs one stream, a tool a few.
        kestrel.Limits.MaxRequestBufferSize = 128 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 16 * 1024;
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 128 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 64 * 1024;

        // The mesh port also accepts HTTP/1.1, only to close it: otherwise the server logs an error for every caller that tries it.
        Listen(kestrel, options.Value.MeshAddress, CoordinatorPort.Mesh, tls.ForMesh);
        Listen(kestrel, options.Value.ClientAddress, CoordinatorPort.Client, tls.ForClients);
        if (store.IsShared && !string.IsNullOrEmpty(options.Value.Peers.Address))
        {
            Listen(kestrel, options.Value.Peers.Address, CoordinatorPort.Peers, peers.ForServer);
        }

        if (!string.IsNullOrEmpty(options.Value.MetricsAddress))
        {
            Listen(kestrel, options.Value.MetricsAddress, CoordinatorPort.Metrics, createTls: null);
        }
    }

    private void Listen(KestrelServerOptions kestrel, string text, CoordinatorPort port, Func<SslServerAuthenticationOptions>? createTls)
    {
        void Configure(ListenOptions listen)
        {
            listen.Protocols = createTls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            listen.Use(next => connection =>
            {
                port.Mark(connection.Items);
                KeepAlive(connection);
                return next(connection);
            });
            if (createTls is not null)
            {
                listen.UseGuardedHttps(
                    guard.Connections,
                    new TlsHandshakeCallbackOptions
                    {
                        HandshakeTimeout = s_handshakeTimeout,
                        OnConnection = _ => ValueTask.FromResult(createTls()),
                    },
                    port == CoordinatorPort.Client ? options.Value.Limits.MaxClientHandshakeBytes : null);
            }
            else
            {
                listen.UseConnectionGuard(guard.Connections);
            }

            listeners.Add(port, listen);
        }

        if (!ListenAddress.TryParse(text, out ListenAddress? address))
        {
            throw Wrong($"'{text}' is not an address to listen at; {ListenAddress.Form}.");
        }

        if (Resolve(address) is { } host)
        {
            kestrel.Listen(host, address.Port, Configure);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, Configure);
        }
    }

    /// <summary>
    /// Detects an open connection whose peer is gone. The kernel does it: pings of HTTP/2 would cost processor time for each Marble that
    /// watches the trust of the mesh.
    /// </summary>
    private static void KeepAlive(ConnectionContext connection)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        }
    }

    private static IPAddress? Resolve(ListenAddress address)
    {
        try
        {
            return address.Resolve();
        }
        catch (SocketException exception)
        {
            throw Wrong(
                $"the host of the address '{address.Host}:{address.Port}' cannot be resolved: {exception.Message}. "
                + "Use a name that DNS or the hosts file of this machine contains, use an IP address, "
            + "or omit the host to listen on all interfaces.");
        }
    }

    private static OptionsValidationException Wrong(string sentence) =>
        new(CoordinatorOptions.SectionName, typeof(CoordinatorOptions), [sentence]);
}
