using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>What an unauthenticated caller can make the Coordinator do in a handshake, before anything is verified.</summary>
public sealed class UnauthenticatedHandshakeTests : RunningCoordinatorTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Security", "G5")]
    public async Task Handshake_CertificateThatNamesAnAddressOfItsIssuer_IsNotFetched(bool mesh)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using X509Certificate2 certificate = CreateLeafWithIssuerAddress($"http://{listener.LocalEndpoint}/ca.der");

        using var tcp = new TcpClient();
        await tcp.ConnectAsync(mesh ? Host.Mesh : Host.Client, Cancellation);
        await using var ssl = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                ApplicationProtocols = mesh ? [SslApplicationProtocol.Http2] : [SslApplicationProtocol.Http11],
            },
            Cancellation);

        // An answer proves that the server is past the handshake, and with it past the certificate.
        await ssl.WriteAsync(
            Encoding.ASCII.GetBytes(
                mesh ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0" : "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            Cancellation);
        Assert.NotEqual(0, await ssl.ReadAsync(new byte[100], Cancellation));
        Assert.False(listener.Pending());
    }

    private static X509Certificate2 CreateLeafWithIssuerAddress(string address)
    {
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=outsider", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [address]));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 leaf = request.Create(
            new X500DistinguishedName("CN=elsewhere"),
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            now.AddDays(-1),
            now.AddDays(1),
            [1, 2, 3]);
        return leaf.CopyWithPrivateKey(key);
    }
}
