using System.Net.Security;
using MarbleRun.Activation;
using MarbleRun.AspNetCore.Limits;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Makes the identity the default of every HTTPS endpoint. It runs after the app's own configuration, because Kestrel has one set of defaults, of
/// which the last one given counts.
/// </summary>
internal sealed partial class MarbleKestrelSetup(
    MarbleConnections connections, OpenEndpoints open, IOptions<MarbleOptions> marbleOptions, ILogger<MarbleKestrelSetup> logger)
    : IPostConfigureOptions<KestrelServerOptions>
{
    private int _isUnguardedTold;

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
                LetStrangersToOpenEndpoints(https);
            }

            Prepare(connection, ssl);
        };
    }

    private void Prepare(ConnectionContext connection, SslServerAuthenticationOptions ssl)
    {
        connections.Prepare(connection, ssl);
        if (connection.Features.Get<GuardedConnection>() is null && Interlocked.Exchange(ref _isUnguardedTold, 1) == 0)
        {
            Log.EndpointUnguarded(logger, connection.LocalEndPoint);
        }
    }

    /// <summary>
    /// Kestrel refuses a caller without a certificate in the handshake, where its request is not known, and reads the mode for each. When there are open endpoints the request
    /// is refused instead. A certificate that is shown must be a Marble's as ever, and an endpoint that asks for none stays as it is.
    /// </summary>
    private void LetStrangersToOpenEndpoints(HttpsConnectionAdapterOptions https)
    {
        ClientCertificateMode mode = open.Any ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.RequireCertificate;
        if (https.ClientCertificateMode != mode && https.ClientCertificateMode is ClientCertificateMode.AllowCertificate or ClientCertificateMode.RequireCertificate)
        {
            https.ClientCertificateMode = mode;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(141, LogLevel.Warning, "The endpoint {EndPoint} is not behind the limits of connections, since its transport was registered after AddMarble(): call AddMarble() after what registers it.", EventName = "EndpointUnguarded")]
        public static partial void EndpointUnguarded(ILogger logger, System.Net.EndPoint? endPoint);
    }
}
