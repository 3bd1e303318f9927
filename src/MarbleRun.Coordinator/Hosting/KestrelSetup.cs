using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Opens the Coordinator's two ports on Kestrel and bounds what a stranger may send to them.</summary>
internal sealed class KestrelSetup(CoordinatorTls tls, CoordinatorListeners listeners, IOptions<CoordinatorOptions> options)
    : IConfigureOptions<KestrelServerOptions>
{
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.Value.MaxRequestBodySize;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MaxConcurrentConnections = 4096;

        Listen(kestrel, options.Value.MeshAddress, CoordinatorPort.Mesh, HttpProtocols.Http2, tls.ForMesh);
        Listen(kestrel, options.Value.ClientAddress, CoordinatorPort.Client, HttpProtocols.Http1AndHttp2, tls.ForClients);
    }

    private void Listen(
        KestrelServerOptions kestrel, string text, CoordinatorPort port, HttpProtocols protocols, Func<SslServerAuthenticationOptions> createTls)
    {
        void Configure(ListenOptions listen)
        {
            listen.Protocols = protocols;
            listen.Use(next => connection =>
            {
                port.Mark(connection.Items);
                return next(connection);
            });
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = s_handshakeTimeout,
                OnConnection = _ => ValueTask.FromResult(createTls()),
            });
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
