using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Cli.Collateral;
using MarbleRun.Management;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The network of this machine.</summary>
internal sealed class SystemNetwork(TimeProvider clock) : IMachineNetwork
{
    private const int NonceSize = 32;
    private const int LargestPage = 4 * 1024 * 1024;

    public async Task<ServerFacts> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient();
        try
        {
            await tcp.ConnectAsync(host, port, cancellationToken);
        }
        catch (SocketException e)
        {
            bool isName = e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData;
            return new ServerFacts(isName ? ServerKind.NoName : ServerKind.Closed, e.Message);
        }

        var shown = new ShownCertificate();
        await using var tls = new SslStream(tcp.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = shown.Remember },
                cancellationToken);
            return new ServerFacts(ServerKind.Tls, string.Empty, shown.Certificate);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // A server that asks for a certificate of its clients ends the handshake after it showed its own.
            return shown.Certificate is { } certificate
                ? new ServerFacts(ServerKind.Tls, string.Empty, certificate)
                : new ServerFacts(ServerKind.NotTls, e.Message);
        }
    }

    public async Task<PageFacts> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        var shown = new ShownCertificate();
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            SslOptions = { RemoteCertificateValidationCallback = shown.Remember },
        };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        DateTimeOffset asked = clock.GetUtcNow();
        using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
        DateTimeOffset answered = clock.GetUtcNow();
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = new byte[LargestPage];
        int count = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return new PageFacts(
            (int)response.StatusCode, Encoding.UTF8.GetString(body, 0, count), response.Headers.Date, asked, answered);
    }

    public async Task<CoordinatorEvidence> GetEvidenceAsync(string address, CancellationToken cancellationToken)
    {
        using var client = CoordinatorClient.WithoutVerification(address);
        return await client.GetEvidenceAsync(RandomNumberGenerator.GetBytes(NonceSize), cancellationToken);
    }

    public ICollateralProvider OpenCollateral(string source, CollateralUpdate update) =>
        CollateralSources.Open(
        source == CollateralSources.AmdName ? null : source,
        source == CollateralSources.IntelName ? null : source,
        update,
        clock);

    /// <summary>The certificate of a peer.</summary>
    private sealed class ShownCertificate
    {
        public X509Certificate2? Certificate { get; private set; }

        /// <summary>
        /// Accepts every certificate: what is read over the connection is public, and is verified by other means or not trusted.
        /// </summary>
        public bool Remember(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            Certificate = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            return Certificate is not null;
        }
    }
}
