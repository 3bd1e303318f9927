using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace MarbleRun.AspNetCore;

/// <summary>The TLS of incoming connections: shows the current identity, and verifies the peers.</summary>
internal sealed class MarbleConnections(
    IMarbleIdentityProvider provider,
    TimeProvider timeProvider,
    HandshakeWatch handshakes,
    RefusalLog refusals,
    ILogger<MarbleConnections> logger)
{
    public DateTimeOffset Now => timeProvider.GetUtcNow();

    public MarbleIdentity Identity => provider.Current;

    /// <summary>Prepares one handshake. Kestrel has already set its callback for the client's certificate, which must stay.</summary>
    public void Prepare(BaseConnectionContext connection, SslServerAuthenticationOptions options)
    {
        handshakes.Begin(connection);

        // An endpoint needs a selector to bind, and a selector excludes a context; but only a context sends the intermediate.
        options.ServerCertificateSelectionCallback = null;
        options.ServerCertificate = null;
        options.ServerCertificateContext = provider.Current.CertificateContext;
        options.EnabledSslProtocols = MarbleTls.Protocols;
        options.AllowRenegotiation = false;
        options.CertificateChainPolicy = InertChainPolicy.Create();
    }

    /// <summary>For Kestrel: checks a client's certificate during the handshake, full or resumed.</summary>
    public bool ValidateClient(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        handshakes.SawCertificate();
        MarbleIdentity identity = provider.Current;
        if (TryVerifyClient(certificate, identity, out VerifiedPeer? peer, out string? reason))
        {
            if (handshakes.Connection is { } connection)
            {
                IDisposable open = identity.Trust.Connections.Add(new ServerConnection(connection, logger), peer, timeProvider);
                connection.ConnectionClosed.UnsafeRegister(static o => ((IDisposable)o!).Dispose(), open);
            }

            return true;
        }

        refusals.Report(handshakes.Caller, certificate, peer: null, reason);
        return false;
    }

    public bool TryVerifyClient(
        X509Certificate2 certificate,
        MarbleIdentity identity,
        [NotNullWhen(true)] out VerifiedPeer? peer,
        [NotNullWhen(false)] out string? reason) =>
        identity.TryVerifyPeer(certificate, CertificateRole.Client, Now, out peer, out reason);
}
