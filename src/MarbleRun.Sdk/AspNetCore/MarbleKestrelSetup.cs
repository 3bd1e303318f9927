using System.Net.Security;
using MarbleRun.AspNetCore.Limits;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Makes the identity the default of every HTTPS endpoint. It runs after the app's own configuration, because Kestrel has one set of
/// defaults and uses the last one.
/// </summary>
internal sealed partial class MarbleKestrelSetup(
    MarbleConnections connections, OpenEndpoints open, IOptions<MarbleOptions> marbleOptions, ILogger<MarbleKestrelSetup> logger)
    : IPostConfigureOptions<KestrelServerOptions>
{
    private int _isUnguardedLogged;

    public void PostConfigure(string? name, KestrelServerOptions options) => options.ConfigureHttpsDefaults(Configure);

    private void Configure(HttpsConnectionAdapterOptions https)
    {
        https.SslProtocols = MarbleTls.Protocols;
        https.ServerCertificateSelector = (_, _) => connections.Identity.CertificateContext.TargetCertificate;
        https.ClientCertificateMode =
            marbleOptions.Value.RequireMarbleClients ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = connections.ValidateClient;
        bool isOurs = marbleOptions.Value.RequireMarbleClients;
        https.OnAuthenticate = (connection, ssl) =>
        {
            if (isOurs)
            {
                UpdateClientCertificateMode(https);
            }

            Prepare(connection, ssl);
        };
    }

    private void Prepare(ConnectionContext connection, SslServerAuthenticationOptions ssl)
    {
        connections.Prepare(connection, ssl);
        if (connection.Features.Get<GuardedConnection>() is null && Interlocked.Exchange(ref _isUnguardedLogged, 1) == 0)
        {
            Log.EndpointUnguarded(logger, connection.LocalEndPoint);
        }
    }

    /// <summary>
    /// Kestrel refuses a caller without a certificate in the handshake, before its request is known, and reads the mode for each handshake.
    /// If open endpoints exist, the request is refused instead. A certificate that a caller shows must still be a Marble certificate, and
    /// an endpoint that requests no certificate stays as it is.
    /// </summary>
    private void UpdateClientCertificateMode(HttpsConnectionAdapterOptions https)
    {
        ClientCertificateMode mode = open.Any ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.RequireCertificate;
        if (https.ClientCertificateMode != mode
            && https.ClientCertificateMode is ClientCertificateMode.AllowCertificate or ClientCertificateMode.RequireCertificate)
        {
            https.ClientCertificateMode = mode;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.EndpointUnguarded,
            LogLevel.Warning,
            "The endpoint {EndPoint} is not protected by the connection limits, because its transport was registered after AddMarble(): "
            + "call AddMarble() after the call that registers the transport.",
            EventName = "EndpointUnguarded")]
        public static partial void EndpointUnguarded(ILogger logger, System.Net.EndPoint? endPoint);
    }
}
