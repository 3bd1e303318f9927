using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using MarbleRun.Tls;

namespace MarbleRun.Tests.Tls;

/// <summary>Handshakes over real sockets; the certificates live in 2031, so that the machine's clock decides nothing.</summary>
public sealed class MarbleTlsTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TestAuthority _outsider;
    private readonly RecordingLogs _logs = new();

    public MarbleTlsTests()
    {
        _authority = new TestAuthority(_clock);
        _outsider = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _outsider.Dispose();
        _logs.Dispose();
    }

    [Fact]
    [Case("marble-api", "Helper for apps: identity for clients and servers, peers verified")]
    public async Task Handshake_TwoMarbles_BothAreAccepted()
    {
        Assert.Null(await HandshakeAsync(Marble("backend"), Marble("frontend")));
    }

    [Fact]
    [Trait("Security", "C9")]
    public async Task Handshake_Marble_SendsItsIntermediate()
    {
        X509Certificate2[] sent = [];
        MarbleIdentity server = Marble("backend");
        SslClientAuthenticationOptions client = ClientOptions(Marble("frontend"), MarblePeerPolicy.AnyMarble, "localhost");
        RemoteCertificateValidationCallback validate = client.RemoteCertificateValidationCallback!;
        client.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
        {
            sent = [.. chain!.ChainPolicy.ExtraStore.Select(c => X509CertificateLoader.LoadCertificate(c.RawData))];
            return validate(sender, certificate, chain, errors);
        };

        Assert.Null(await HandshakeAsync(ServerOptions(server, MarblePeerPolicy.AnyMarble), client));

        Assert.Contains(sent, c => c.RawDataMemory.Span.SequenceEqual(_authority.Intermediate.RawDataMemory.Span));
    }

    [Fact]
    public async Task Handshake_ServerOfAnotherMesh_IsRefused()
    {
        Assert.NotNull(await HandshakeAsync(TestIdentities.Create(_outsider, "backend"), Marble("frontend")));
    }

    [Fact]
    [Case("marble-api", "Helper for apps: identity for clients and servers, peers verified")]
    public async Task Handshake_ClientOfAnotherMesh_IsRefused()
    {
        // The client trusts the server's mesh, but its own certificate is an unauthenticated caller's.
        MarbleIdentity client = TestIdentities.Create(_authority, _outsider.IssueMarble("frontend"));

        Assert.NotNull(await HandshakeAsync(Marble("backend"), client));
    }

    [Fact]
    [Trait("Security", "D2")]
    public async Task Handshake_CertificateOfTheMeshWithoutType_IsRefused()
    {
        // A secret of the manifest is such a certificate.
        Assert.NotNull(await HandshakeAsync(TestIdentities.Create(_authority, _authority.IssueMarble(null)), Marble("frontend")));
        Assert.NotNull(await HandshakeAsync(Marble("backend"), TestIdentities.Create(_authority, _authority.IssueMarble(null))));
    }

    [Fact]
    public async Task Handshake_UsageOfTheOtherSide_IsRefused()
    {
        MarbleIdentity clientOnly = TestIdentities.Create(_authority, "backend", t => t.Usages = ["1.3.6.1.5.5.7.3.2"]);
        MarbleIdentity serverOnly = TestIdentities.Create(_authority, "frontend", t => t.Usages = ["1.3.6.1.5.5.7.3.1"]);

        Assert.NotNull(await HandshakeAsync(clientOnly, Marble("frontend")));
        Assert.NotNull(await HandshakeAsync(Marble("backend"), serverOnly));
        Assert.Null(await HandshakeAsync(serverOnly, clientOnly));
    }

    [Fact]
    public async Task Handshake_PeerExpired_IsRefusedFromThatMomentOn()
    {
        MarbleIdentity server = Marble("backend");
        MarbleIdentity shortLived = TestIdentities.Create(_authority, "frontend", t => t.NotAfter = TimeSpan.FromHours(1));
        Assert.Null(await HandshakeAsync(server, shortLived));

        _clock.Advance(TimeSpan.FromHours(2));

        Assert.NotNull(await HandshakeAsync(server, shortLived));
        Assert.Contains(_logs.Entries, e => e.Contains("not valid at this time", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Handshake_TypeNotAllowed_IsRefusedOnBothSides()
    {
        var frontends = MarblePeerPolicy.AllowTypes("frontend");
        SslClientAuthenticationOptions client = ClientOptions(Marble("backend"), MarblePeerPolicy.AnyMarble, "localhost");

        Assert.NotNull(await HandshakeAsync(ServerOptions(Marble("backend"), frontends), client));
        Assert.NotNull(await HandshakeAsync(
            ServerOptions(Marble("backend"), MarblePeerPolicy.AnyMarble), ClientOptions(Marble("backend"), frontends, "localhost")));
    }

    [Theory]
    [InlineData("front.example", true)]
    [InlineData("FRONT.example", true)]
    [InlineData("192.0.2.7", true)]
    [InlineData("other.example", false)]
    [InlineData("front.example.org", false)]
    [InlineData("192.0.2.8", false)]
    [Trait("Security", "D3")]
    public async Task Handshake_AnyMarblePolicy_ComparesTheHostName(string host, bool accepted)
    {
        MarbleIdentity server = TestIdentities.Create(_authority, "frontend", t =>
        {
            t.DnsNames = ["front.example"];
            t.Addresses = [IPAddress.Parse("192.0.2.7")];
        });

        Exception? failure = await HandshakeAsync(
            ServerOptions(server, MarblePeerPolicy.AnyMarble), ClientOptions(Marble("backend"), MarblePeerPolicy.AnyMarble, host));

        Assert.Equal(accepted, failure is null);
    }

    [Fact]
    public async Task Handshake_PolicyNamesTheType_TakesThePlaceOfTheHostName()
    {
        Exception? failure = await HandshakeAsync(
            ServerOptions(Marble("frontend"), MarblePeerPolicy.AnyMarble),
            ClientOptions(Marble("backend"), MarblePeerPolicy.AllowTypes("frontend"), "other.example"));

        Assert.Null(failure);
    }

    [Fact]
    [Trait("Security", "C10")]
    public async Task Handshake_Tls11_IsNotOffered()
    {
        SslClientAuthenticationOptions client = ClientOptions(Marble("frontend"), MarblePeerPolicy.AnyMarble, "localhost");
#pragma warning disable SYSLIB0039, CA5397 // The old version is what this test is about.
        client.EnabledSslProtocols = SslProtocols.Tls11;
#pragma warning restore SYSLIB0039, CA5397

        Assert.NotNull(await HandshakeAsync(ServerOptions(Marble("backend"), MarblePeerPolicy.AnyMarble), client));
    }

    private MarbleIdentity Marble(string marbleType) => TestIdentities.Create(_authority, marbleType);

    private SslServerAuthenticationOptions ServerOptions(MarbleIdentity identity, MarblePeerPolicy policy) =>
        MarbleTls.CreateServerOptions(identity, policy, _clock, _logs.CreateLogger("server"));

    private SslClientAuthenticationOptions ClientOptions(MarbleIdentity identity, MarblePeerPolicy policy, string host) =>
        MarbleTls.CreateClientOptions(identity, policy, host, _clock, _logs.CreateLogger("client"));

    private Task<Exception?> HandshakeAsync(MarbleIdentity server, MarbleIdentity client) =>
        HandshakeAsync(ServerOptions(server, MarblePeerPolicy.AnyMarble), ClientOptions(client, MarblePeerPolicy.AnyMarble, "localhost"));

    /// <summary>Gives the first failure of either side; null when a byte made the way in both directions.</summary>
    private static async Task<Exception?> HandshakeAsync(
        SslServerAuthenticationOptions serverOptions, SslClientAuthenticationOptions clientOptions)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var clientSocket = new TcpClient();
        Task connecting = clientSocket.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Token).AsTask();
        using TcpClient serverSocket = await listener.AcceptTcpClientAsync(Token);
        await connecting;

        Exception?[] failures = await Task.WhenAll(
            RunAsync(serverSocket, (s, t) => s.AuthenticateAsServerAsync(serverOptions, t)),
            RunAsync(clientSocket, (s, t) => s.AuthenticateAsClientAsync(clientOptions, t)));
        return failures.FirstOrDefault(f => f is not null);
    }

    private static async Task<Exception?> RunAsync(TcpClient socket, Func<SslStream, CancellationToken, Task> authenticate)
    {
        await using var stream = new SslStream(socket.GetStream());
        try
        {
            await authenticate(stream, Token);
            await stream.WriteAsync(new byte[] { 1 }, Token);
            await stream.ReadExactlyAsync(new byte[1], Token);
            return null;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return e;
        }
    }
}
