using MarbleRun.Activation;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Makes the identity the default of every HTTPS endpoint. It runs after the app's own configuration, because Kestrel has one set of defaults, of
/// which the last one given counts.
/// </summary>
internal sealed class MarbleKestrelSetup(MarbleConnections connections, IOptions<MarbleOptions> marbleOptions) : IPostConfigureOptions<KestrelServerOptions>
{
    public void PostConfigure(string? name, KestrelServerOptions options) => options.ConfigureHttpsDefaults(Configure);

    private void Configure(HttpsConnectionAdapterOptions https)
    {
        https.SslProtocols = MarbleTls.Protocols;
        https.ServerCertificateSelector = (_, _) => connections.Identity.CertificateContext.TargetCertificate;
        https.ClientCertificateMode =
            marbleOptions.Value.RequireMarbleClients ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = connections.ValidateClient;
        https.OnAuthenticate = (_, ssl) => connections.Prepare(ssl);
    }
}
