using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Opens the Coordinator's ports on Kestrel and bounds what a stranger may send to them.</summary>
internal sealed class KestrelSetup(CoordinatorTls tls, CoordinatorGuard guard, CoordinatorListeners listeners, IOptions<CoordinatorOptions> options)
    : IConfigureOptions<KestrelServerOptions>
{
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);

    public void Configure(KestrelServerOptions kestrel)
    {
        LimitOptions limits = options.Value.Limits;
        kestrel.AddServerHeader = false;

        // Held by BodyReader on both ports, which answers and then closes.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // Each port counts for itself, so that one that is full leaves the other open.
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;

        // A minute is how long clients of .NET and Go keep a connection for the next request: it must be they who close it, or a request is lost.
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);

        // A body or its answer at a byte a second would hold memory for days.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

        // What a connection may send before anybody reads it, and the headers of all its requests: together below a megabyte. A Marble needs one stream, a tool a few.
        kestrel.Limits.MaxRequestBufferSize = 128 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 16 * 1024;
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 128 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 64 * 1024;

        // A connection that is open but whose peer is gone is noticed.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

        // The mesh port takes HTTP/1.1 too, only to drop it: where it is not offered, the server logs an error for every stranger who tries.
        Listen(kestrel, options.Value.MeshAddress, CoordinatorPort.Mesh, tls.ForMesh);
        Listen(kestrel, options.Value.ClientAddress, CoordinatorPort.Client, tls.ForClients);
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
                return next(connection);
            });
            if (createTls is not null)
            {
                listen.UseGuardedHttps(
                    guard.Connections,
                    new TlsHandshakeCallbackOptions { HandshakeTimeout = s_handshakeTimeout, OnConnection = _ => ValueTask.FromResult(createTls()) },
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
                + "Name this machine as its DNS or hosts file knows it, give an IP address, or leave the host out to listen on all interfaces.");
        }
    }

    private static OptionsValidationException Wrong(string sentence) => new(CoordinatorOptions.SectionName, typeof(CoordinatorOptions), [sentence]);
}
