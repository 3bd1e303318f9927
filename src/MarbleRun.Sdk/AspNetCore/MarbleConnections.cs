using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Connections;

namespace MarbleRun.AspNetCore;

/// <summary>The TLS of incoming connections: shows the current identity, and verifies who connects.</summary>
internal sealed class MarbleConnections(IMarbleIdentityProvider provider, TimeProvider timeProvider, HandshakeWatch handshakes, RefusalLog refusals)
{
    public DateTimeOffset Now => timeProvider.GetUtcNow();

    public MarbleIdentity Identity => provider.Current;

    /// <summary>Prepares one handshake. Kestrel has set its callback for the client's certificate already, which must stay.</summary>
    public void Prepare(BaseConnectionContext connection, SslServerAuthenticationOptions options)
    {
        handshakes.Begin(connection);

        // A selector, and without it no endpoint could be bound, excludes a context; only a context sends the intermediate along.
        options.ServerCertificateSelectionCallback = null;
        options.ServerCertificate = null;
        options.ServerCertificateContext = provider.Current.CertificateContext;
        options.EnabledSslProtocols = MarbleTls.Protocols;
        options.AllowRenegotiation = false;
        options.CertificateChainPolicy = MarbleTls.CreateInertPolicy();
    }

    /// <summary>For Kestrel: decides about a client's certificate while the handshake runs.</summary>
    public bool ValidateClient(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        handshakes.SawCertificate();
        if (TryVerifyClient(certificate, provider.Current, out _, out string? reason))
        {
            return true;
        }

        refusals.Report(handshakes.Caller, certificate, peer: null, reason);
        return false;
    }

    public bool TryVerifyClient(
        X509Certificate2 certificate, MarbleIdentity identity, [NotNullWhen(true)] out MarblePeer? peer, [NotNullWhen(false)] out string? reason) =>
        PeerVerifier.TryVerify(certificate, identity.MarbleRoot, CertificateRole.Client, Now, out peer, out reason);
}
