using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.Tests.Diagnostics;
using MarbleRun.Coordinator.Tests.Users;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>What an unauthenticated caller may cost both ports before the handshake is over; others are served meanwhile.</summary>
[Trait("Security", "G2")]
public sealed class HandshakeLimitTests : CoordinatorTest
{
    [Theory]
    [Trait("Security", "D10")]
    [InlineData(nameof(CoordinatorPort.Mesh), SslProtocols.Tls12)]
    [InlineData(nameof(CoordinatorPort.Mesh), SslProtocols.Tls13)]
    [InlineData(nameof(CoordinatorPort.Client), SslProtocols.Tls12)]
    [InlineData(nameof(CoordinatorPort.Client), SslProtocols.Tls13)]
    public async Task Handshake_ChainThatIsTooLong_IsClosedBeforeItIsBuilt(string portName, SslProtocols protocol)
    {
        CoordinatorPort port = Enum.Parse<CoordinatorPort>(portName);
        await using MonitoredHost monitored = await MonitoredHost.StartAsync(Folder);
        await TestManifest.SetAsync(monitored.Host);

        Assert.True(await IsAnsweredAsync(monitored.Host, port, protocol, chain: 3));
        Assert.False(await IsAnsweredAsync(monitored.Host, port, protocol, chain: 40));

        Assert.Equal(1, (await monitored.ScrapeAsync()).Value("coordinator_connections_refused_total", ("reason", "handshake_too_large")));
        Assert.Contains(
            monitored.Host.Logs.Entries,
            e => e.StartsWith("Debug", StringComparison.Ordinal) && e.Contains("handshake_too_large", StringComparison.Ordinal));
        await AssertServesAsync(monitored.Host);
    }

    [Theory]
    [InlineData(nameof(CoordinatorPort.Mesh), "Limits:Connections:MaxHandshakeBytes")]
    [InlineData(nameof(CoordinatorPort.Client), "Limits:MaxClientHandshakeBytes")]
    public async Task Handshake_LimitThatIsRaised_TakesTheChain(string portName, string option)
    {
        CoordinatorHost host = await StartAsync(settings: (option, "65536"));

        Assert.True(await IsAnsweredAsync(host, Enum.Parse<CoordinatorPort>(portName), SslProtocols.Tls13, chain: 40));
    }

    [Theory]
    [InlineData(nameof(CoordinatorPort.Mesh), SslProtocols.Tls12, 3072)]
    [InlineData(nameof(CoordinatorPort.Mesh), SslProtocols.Tls13, 3072)]
    [InlineData(nameof(CoordinatorPort.Client), SslProtocols.Tls12, 5120)]
    [InlineData(nameof(CoordinatorPort.Client), SslProtocols.Tls13, 5120)]
    public async Task Handshake_BytesBehindTheHello_AreHeldToTheByte(string portName, SslProtocols protocol, int most)
    {
        CoordinatorPort port = Enum.Parse<CoordinatorPort>(portName);
        CoordinatorHost host = await StartAsync();
        using var key = RSA.Create(2048);

        Task<MeasuredHandshake> SendAsync(int padding) => MeasuredHandshake.SendAsync(
            EndPoint(host, port),
            protocol,
            MeasuredHandshake.CreateChain(key, padding, issuers: 1),
            http2: port == CoordinatorPort.Mesh,
            Cancellation);

        int padding = 300 + most - (int)(await SendAsync(300)).Sent;
        Assert.Equal(new MeasuredHandshake(IsAnswered: true, most), await SendAsync(padding));
        Assert.Equal(new MeasuredHandshake(IsAnswered: false, most + 1), await SendAsync(padding + 1));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Handshake_UserWithRsa4096AndItsIssuer_IsAnswered(SslProtocols protocol)
    {
        CoordinatorHost host = await StartAsync();
        using var key = RSA.Create(4096);

        // Two certificates of 1,100 bytes are small ones; those of companies have 700 more.
        MeasuredHandshake handshake = await MeasuredHandshake.SendAsync(
            host.Client, protocol, MeasuredHandshake.CreateChain(key, padding: 1400, issuers: 1), http2: false, Cancellation);

        Assert.True(handshake.IsAnswered);
        Assert.True(handshake.Sent > 4300);
    }

    [Theory]
    [InlineData(nameof(CoordinatorPort.Mesh))]
    [InlineData(nameof(CoordinatorPort.Client))]
    public async Task PlainHttp_AtATlsPort_IsAnsweredAsGoDoes(string portName)
    {
        CoordinatorPort port = Enum.Parse<CoordinatorPort>(portName);
        CoordinatorHost host = await StartAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(EndPoint(host, port), Cancellation);
        await tcp.GetStream().WriteAsync("GET /api/v2/status HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Cancellation);

        Assert.Equal(
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
            await new StreamReader(tcp.GetStream()).ReadToEndAsync(Cancellation));
    }

    [Theory]
    [InlineData(nameof(CoordinatorPort.Mesh))]
    [InlineData(nameof(CoordinatorPort.Client))]
    public async Task Garbage_OfUnauthenticatedCallers_IsCountedAndWritesNoLineAboveDebug(string portName)
    {
        CoordinatorPort port = Enum.Parse<CoordinatorPort>(portName);
        await using MonitoredHost monitored = await MonitoredHost.StartAsync(Folder);
        monitored.Host.Logs.Entries.Clear();
        for (int i = 0; i < 10; i++)
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(EndPoint(monitored.Host, port), Cancellation);
            await tcp.GetStream().WriteAsync("SSH-2.0-outsider\r\n"u8.ToArray(), Cancellation);
            Assert.Equal(0, await ReadAsync(tcp.GetStream()));
        }

        Assert.Equal(10, (await monitored.ScrapeAsync()).Value("coordinator_connections_refused_total", ("reason", "not_tls")));
        Assert.DoesNotContain(
            monitored.Host.Logs.Entries,
            e => !e.StartsWith("Debug", StringComparison.Ordinal)
                && !e.StartsWith("Trace", StringComparison.Ordinal)
                && !e.Contains(" scope ", StringComparison.Ordinal)
                && e.Contains("Kestrel", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(nameof(CoordinatorPort.Mesh))]
    [InlineData(nameof(CoordinatorPort.Client))]
    public async Task Handshakes_OfSilentPeers_HoldNoPlace(string portName)
    {
        CoordinatorPort port = Enum.Parse<CoordinatorPort>(portName);
        CoordinatorHost host = await StartAsync(settings: ("Limits:Connections:MaxHandshakesAtOnce", "1"));
        await TestManifest.SetAsync(host);
        var peers = new List<TcpClient>();
        for (int i = 0; i < 60; i++)
        {
            var tcp = new TcpClient();
            peers.Add(tcp);
            await tcp.ConnectAsync(EndPoint(host, port), Cancellation);

            // Nothing, a byte, or most of a record.
            byte[] hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, .. new byte[400]];
            await tcp.GetStream().WriteAsync(hello.AsMemory(0, (i % 3) switch { 0 => 0, 1 => 1, _ => hello.Length }), Cancellation);
        }

        await AssertServesAsync(host);
        peers.ForEach(p => p.Dispose());
    }

    [Fact]
    public async Task Connections_OfOneAddress_AreBoundedOverAllPorts()
    {
        await using MonitoredHost monitored = await MonitoredHost.StartAsync(
            Folder, configure: null, ("Limits:Connections:MaxConnectionsPerAddress", "4"));
        CoordinatorHost host = monitored.Host;
        var held = new List<TcpClient>();
        bool isClosed;
        do
        {
            // The system takes connections before the server does, in another order at each port: the one that the server sees last is
            // closed.
            var next = new TcpClient();
            held.Add(next);
            isClosed = !await IsConnectedAsync(next, held.Count % 2 == 0 ? host.Mesh : host.Client)
                || (held.Count > 4 && await IsClosedAtOnceAsync(next));
        }
        while (!isClosed);

        held.ForEach(h => h.Dispose());
        while (!await IsServedAsync(host))
        {
        }

        Assert.True((await monitored.ScrapeAsync()).Value("coordinator_connections_refused_total", ("reason", "too_many_of_address")) >= 1);
    }

    private static IPEndPoint EndPoint(CoordinatorHost host, CoordinatorPort port) =>
        port == CoordinatorPort.Mesh ? host.Mesh : host.Client;

    /// <summary>Whether the connection was still open when the connect ended: the server can reset it before.</summary>
    private static async Task<bool> IsConnectedAsync(TcpClient connection, IPEndPoint server)
    {
        try
        {
            await connection.ConnectAsync(server, Cancellation);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return false;
        }
    }

    /// <summary>Whether a connection that says nothing is closed long before its handshake is over time.</summary>
    private static async Task<bool> IsClosedAtOnceAsync(TcpClient connection)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            return await connection.GetStream().ReadAsync(new byte[1], limit.Token) == 0;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return true;
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<int> ReadAsync(Stream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[100], Cancellation);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task AssertServesAsync(CoordinatorHost host)
    {
        using HttpClient client = host.CreateClient();
        Assert.Contains(
            "\"code\":3,",
            await client.GetStringAsync(new Uri("/api/v2/status", UriKind.Relative), Cancellation),
            StringComparison.Ordinal);
        Assert.NotEmpty((await MeshClient.ActivateAsync(host, "web")).Env);
    }

    private static async Task<bool> IsServedAsync(CoordinatorHost host)
    {
        try
        {
            using HttpClient client = host.CreateClient();
            return (await client.GetStringAsync(new Uri("/status", UriKind.Relative), Cancellation)).Length > 0;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Whether anything is answered to somebody who shows so many certificates of no authority.</summary>
    private static async Task<bool> IsAnsweredAsync(CoordinatorHost host, CoordinatorPort port, SslProtocols protocol, int chain)
    {
        var issuers = new List<X509Certificate2> { ShownCertificates.Issue("0") };
        for (int i = 1; i < chain; i++)
        {
            issuers.Insert(0, ShownCertificates.Issue($"{i}", issuers[0]));
        }

        using X509Certificate2 leaf = ShownCertificates.Issue("leaf", issuers[0]);
        try
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(EndPoint(host, port), Cancellation);
            await using var ssl = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
            await ssl.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    EnabledSslProtocols = protocol,
                    ClientCertificateContext = ShownCertificates.CreateContext(leaf, [.. issuers]),
                    ApplicationProtocols = [port == CoordinatorPort.Mesh ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
                },
                Cancellation);
            await ssl.WriteAsync(
                Encoding.ASCII.GetBytes(port == CoordinatorPort.Mesh
                    ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0"
                    : "GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Cancellation);
            return await ReadAsync(ssl) > 0;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return false;
        }
    }
}
