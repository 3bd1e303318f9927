using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Tests.Users;

/// <summary>The attack of the role matrix is one: what is appended really arrives at the server.</summary>
public sealed class ShownCertificatesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handshake_LeafWithFurtherCertificates_SendsThemAll()
    {
        using X509Certificate2 issuer = ShownCertificates.Issue("issuer");
        using X509Certificate2 user = ShownCertificates.Issue("user", issuer);
        using X509Certificate2 outsider = ShownCertificates.Issue("outsider", user);
        using X509Certificate2 server = ShownCertificates.Issue("server");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string[] sent = [];
        Task accepting = AcceptAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancellation);
        await using var ssl = new SslStream(tcp.GetStream());
        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "server",
                ClientCertificateContext = ShownCertificates.CreateContext(outsider, user),
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            Cancellation);
        await accepting;

        Assert.Equal(["CN=outsider", "CN=user"], sent);

        async Task AcceptAsync()
        {
            using TcpClient accepted = await listener.AcceptTcpClientAsync(Cancellation);
            await using var stream = new SslStream(accepted.GetStream());
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = server,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, leaf, chain, _) =>
                    {
                        sent = [leaf!.Subject, .. chain!.ChainPolicy.ExtraStore.Select(c => c.Subject).Where(s => s != leaf.Subject)];
                        return true;
                    },
                },
                Cancellation);
        }
    }
}
