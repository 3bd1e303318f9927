using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Opens the Coordinator's ports on Kestrel and bounds what a stranger may send to them.</summary>
internal sealed class KestrelSetup(CoordinatorTls tls, CoordinatorListeners listeners, IOptions<CoordinatorOptions> options)
    : IConfigureOptions<KestrelServerOptions>
{
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // Held by RequestBody on the client port and by gRPC on the mesh port.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MaxConcurrentConnections = 4096;

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
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    HandshakeTimeout = s_handshakeTimeout,
                    OnConnection = _ => ValueTask.FromResult(createTls()),
                });
            }

            listeners.Add(port, listen);
        }

        if (!ListenAddress.TryParse(text, out ListenAddress? address))
        {
            throw new OptionsValidationException(
                CoordinatorOptions.SectionName, typeof(CoordinatorOptions), [$"'{text}' is not an address to listen at; write 'host:port' with an IP address, 'localhost' or nothing as host."]);
        }

        if (address.Host is null)
        {
            kestrel.ListenAnyIP(address.Port, Configure);
        }
        else
        {
            kestrel.Listen(address.Host, address.Port, Configure);
        }
    }
}
