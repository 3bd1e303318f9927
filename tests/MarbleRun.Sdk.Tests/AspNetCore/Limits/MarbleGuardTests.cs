using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.AspNetCore;
using MarbleRun.AspNetCore.Limits;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using MarbleRun.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.AspNetCore.Limits;

/// <summary>What an unauthenticated caller may cost a Marble's own endpoints.</summary>
[Trait("Security", "G2")]
public sealed class MarbleGuardTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;

    public MarbleGuardTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public async Task PlainHttp_AtATlsPort_IsAnsweredAsGoDoes(string request)
    {
        await using MarbleServer server = await StartAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Https.Port, Token);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Token);

        string answer = await new StreamReader(tcp.GetStream()).ReadToEndAsync(Token);

        Assert.Equal("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", answer);
        await AssertServesAsync(server);
    }

    [Theory]
    [Trait("Security", "D10")]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Handshake_ChainThatIsTooLong_IsClosedBeforeItIsBuilt(SslProtocols protocol)
    {
        await using MarbleServer server = await StartAsync(o => o.RequireMarbleClients = false);

        Assert.False(await IsAnsweredAsync(server, protocol, chain: 40));
        Assert.Contains(
            server.Logs.Entries,
            e => e.Contains("ConnectionRefused", StringComparison.Ordinal) && e.Contains("handshake_too_large", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Logs.Entries, e => e.Contains("CallerRefused", StringComparison.Ordinal));
        Assert.DoesNotContain(
            server.Logs.Entries, e => e.StartsWith("Warning", StringComparison.Ordinal) || e.StartsWith("Error", StringComparison.Ordinal));
        await AssertServesAsync(server);
    }

    [Fact]
    public async Task Handshake_LimitThatIsRaised_LetsTheChainToTheCheck()
    {
        await using MarbleServer server = await StartAsync(o =>
        {
            o.RequireMarbleClients = false;
            o.ConnectionLimits.MaxHandshakeBytes = 65_536;
        });

        Assert.False(await IsAnsweredAsync(server, SslProtocols.Tls13, chain: 40));
        Assert.Contains(server.Logs.Entries, e => e.Contains("CallerRefused", StringComparison.Ordinal));
    }

    /// <summary>
    /// In TLS 1.2 certificates are looked at as soon as they are there, so that they must be too large by themselves: without 335 bytes of
    /// key, signature and end.
    /// </summary>
    [Theory]
    [InlineData(SslProtocols.Tls12, 400)]
    [InlineData(SslProtocols.Tls13, 1)]
    public async Task Handshake_BytesBehindTheHello_AreBounded(SslProtocols protocol, int beyond)
    {
        const int Most = 3072;
        await using MarbleServer server = await StartAsync(o => o.RequireMarbleClients = false);
        using var key = RSA.Create(2048);

        // An unauthenticated caller's certificate is refused in any case; what was looked at says the log.
        async Task<(long Sent, int Refused, int TooLarge)> SendAsync(int padding)
        {
            MeasuredHandshake handshake = await MeasuredHandshake.SendAsync(
                new IPEndPoint(IPAddress.Loopback, server.Https.Port),
                protocol,
                MeasuredHandshake.CreateChain(key, padding, issuers: 1),
                http2: false,
                Token);
            Assert.False(handshake.IsAnswered);
            string[] lines = [.. server.Logs.Entries];
            return (
                handshake.Sent,
                lines.Count(e => e.Contains(" CallerRefused: ", StringComparison.Ordinal)),
                lines.Count(e => e.Contains("handshake_too_large", StringComparison.Ordinal)));
        }

        int padding = 300 + Most - (int)(await SendAsync(300)).Sent;
        Assert.Equal((Most, 2, 0), await SendAsync(padding));
        (long sent, int refused, int tooLarge) = await SendAsync(padding + beyond);
        Assert.True(sent > Most);
        Assert.Equal((2, 1), (refused, tooLarge));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Handshake_MarbleWithTwentyNames_IsFarFromTheLimit(SslProtocols protocol)
    {
        await using MarbleServer server = await StartAsync();
        MarbleIdentity caller = TestIdentities.Create(
            _authority,
            "frontend",
            t => t.DnsNames = [.. Enumerable.Range(0, 20).Select(i => $"frontend-{i}.namespace.svc.cluster.local")]);

        MeasuredHandshake handshake = await MeasuredHandshake.SendAsync(
            new IPEndPoint(IPAddress.Loopback, server.Https.Port), protocol, caller.CertificateContext, http2: false, Token);

        Assert.True(handshake.IsAnswered);
        Assert.InRange(handshake.Sent, 1000, 2048);
    }

    [Fact]
    public async Task Handshake_SecondHelloThatTheServerAskedFor_IsAnswered()
    {
        await using MarbleServer server = await StartAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Https.Port, Token);
        NetworkStream stream = tcp.GetStream();

        // Both are larger than what may follow them.
        await stream.WriteAsync(RawClientHello.Create(hasKeyShare: false, padding: 3200), Token);
        Assert.Equal(RawClientHello.RetryRandom, await RawClientHello.ReadRandomAsync(stream, Token));
        await stream.WriteAsync((byte[])[20, 3, 3, 0, 1, 1, .. RawClientHello.Create(hasKeyShare: true, padding: 3200)], Token);

        Assert.NotEqual(RawClientHello.RetryRandom, await RawClientHello.ReadRandomAsync(stream, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handshake_ThatIsOver_HoldsNoPlaceWhenTheConnectionBegins(bool isMarble)
    {
        ConnectionGuard guard = null!;
        var working = new List<int>();
        await using MarbleServer server = await StartAsync(
            o => o.RequireMarbleClients = false,
            builder => builder.WebHost.UseUrls().ConfigureServices(
                services => services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
                {
                    listen.UseHttps();
                    listen.Use(next => connection =>
                    {
                        working.Add(guard.Gate.Working);
                        return next(connection);
                    });
                }))));
        guard = server.Services.GetRequiredService<ConnectionGuard>();

        using HttpClient client = isMarble
            ? server.CreateClient(TestIdentities.Create(_authority, "frontend"), _clock)
            : server.CreateOutsider();
        using HttpResponseMessage response = await client.GetAsync("/", Token);

        Assert.Equal([0], working);
    }

    [Fact]
    public async Task Handshakes_OfSilentPeers_HoldNoPlace()
    {
        await using MarbleServer server = await StartAsync(o => o.ConnectionLimits.MaxHandshakesAtOnce = 1);
        var peers = new List<TcpClient>();
        for (int i = 0; i < 60; i++)
        {
            var tcp = new TcpClient();
            peers.Add(tcp);
            await tcp.ConnectAsync(IPAddress.Loopback, server.Https.Port, Token);

            // Nothing, a byte, or most of a record.
            byte[] hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, .. new byte[400]];
            await tcp.GetStream().WriteAsync(hello.AsMemory(0, (i % 3) switch { 0 => 0, 1 => 1, _ => hello.Length }), Token);
        }

        await AssertServesAsync(server);
        peers.ForEach(p => p.Dispose());
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Request_RightBehindTheHandshake_DoesNotCount(SslProtocols protocol)
    {
        const int Size = 300_000;
        await using MarbleServer server = await StartAsync(
            o => o.RequireMarbleClients = false, map: app => app.MapPost("/size", CountAsync));
        await using SslStream ssl = await ConnectAsync(server, protocol, certificate: null);

        // In TLS 1.3 all of this is on its way before the server has looked at the end of the handshake.
        await ssl.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /size HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {Size}\r\n\r\n" + new string('x', Size)),
            Token);

        Assert.Contains($"\r\n{Size}\r\n", await new StreamReader(ssl).ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_OfOneAddress_AreBounded()
    {
        await using MarbleServer server = await StartAsync(o => o.ConnectionLimits.MaxConnectionsPerAddress = 3);
        TcpClient[] held = [new(), new(), new()];
        foreach (TcpClient tcp in held)
        {
            await tcp.ConnectAsync(IPAddress.Loopback, server.Https.Port, Token);
        }

        // At the same port, where connections are taken in their order.
        using var fourth = new TcpClient();
        Assert.Equal(0, await ConnectAndReadAsync(fourth, server.Https.Port));

        Array.ForEach(held, h => h.Dispose());
        while (!await IsServedAsync(server))
        {
        }
    }

    [Theory]
    [InlineData("defaults")]
    [InlineData("configuration")]
    public async Task Endpoints_HoweverTheyAreConfigured_AreGuarded(string way)
    {
        await using MarbleServer server = await StartAsync(configure: builder =>
        {
            switch (way)
            {
                case "defaults":
                    builder.WebHost.ConfigureKestrel(k => k.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http1));
                    break;
                default:
                    builder.Configuration["Kestrel:Endpoints:Own:Url"] = "https://127.0.0.1:0";
                    builder.Configuration["Kestrel:Endpoints:Plain:Url"] = "http://127.0.0.1:0";
                    break;
            }
        });
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Https.Port, Token);
        await tcp.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), Token);

        Assert.StartsWith("HTTP/1.0 400 ", await new StreamReader(tcp.GetStream()).ReadToEndAsync(Token), StringComparison.Ordinal);
        await AssertServesAsync(server);
        Assert.DoesNotContain(server.Logs.Entries, e => e.Contains("EndpointUnguarded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Handshakes_ThatAreOver_HoldNoPlace()
    {
        await using MarbleServer server = await StartAsync();

        await AssertServesAsync(server);

        HandshakeGate gate = server.Services.GetRequiredService<ConnectionGuard>().Gate;
        Assert.Equal((0, 0), (gate.Working, gate.Waiting));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transport_ThatIsRegisteredLater_IsGuardedOrReported(bool another)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        using var logs = new RecordingLogs();
        builder.Logging.AddProvider(logs);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddRoutingCore();
        builder.Services.AddMarble(TestIdentities.Activate(TestIdentities.Create(_authority, "backend")));
        builder.WebHost.UseKestrel();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets();
        builder.WebHost.UseUrls("https://127.0.0.1:0");
        if (another)
        {
            builder.Services.AddSingleton<IConnectionListenerFactory, SocketTransportFactory>();
        }

        await using WebApplication app = builder.Build();
        app.Run(context => context.Response.WriteAsync("here"));
        await app.StartAsync(Token);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = MarbleTls.CreateClientOptions(
                TestIdentities.Create(_authority, "frontend"),
                MarblePeerPolicy.AnyMarble,
                "localhost",
                _clock,
                logs.CreateLogger("client")),
        });

        Assert.Equal("here", await client.GetStringAsync(new UriBuilder(app.Urls.Single()) { Host = "localhost" }.Uri, Token));
        Assert.Equal(another, logs.Entries.Any(e => e.Contains("EndpointUnguarded", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Refusals_OfManyUnauthenticatedCallers_AreFewLines()
    {
        await using MarbleServer server = await StartAsync(o => o.RequireMarbleClients = false);
        for (int i = 0; i < 60; i++)
        {
            Assert.False(await IsAnsweredAsync(server, SslProtocols.Tls13, chain: 1));
        }

        Assert.Equal(RefusalLog.MostOfAnAddress, server.Logs.Entries.Count(e => e.Contains(" CallerRefused: ", StringComparison.Ordinal)));
        Assert.True(server.Logs.Entries.Count(e => e.StartsWith("Warning", StringComparison.Ordinal)) <= RefusalLog.MostOfAnAddress);
    }

    private static async Task CountAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        await context.Response.WriteAsync($"{body.Length}", context.RequestAborted);
    }

    private static async Task<int> ConnectAndReadAsync(TcpClient tcp, int port)
    {
        try
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port, Token);
            return await tcp.GetStream().ReadAsync(new byte[1], Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return 0;
        }
    }

    private static async Task<SslStream> ConnectAsync(MarbleServer server, SslProtocols protocol, SslStreamCertificateContext? certificate)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Https.Port, Token);
        var ssl = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocol,
                ClientCertificateContext = certificate,
            },
            Token);
        return ssl;
    }

    /// <summary>Whether anything is answered to somebody who shows so many certificates of no authority.</summary>
    private static async Task<bool> IsAnsweredAsync(MarbleServer server, SslProtocols protocol, int chain)
    {
        (X509Certificate2 leaf, X509Certificate2Collection issuers) = CreateChain(chain);
        try
        {
            await using SslStream ssl = await ConnectAsync(
                server, protocol, SslStreamCertificateContext.Create(leaf, issuers, offline: true));
            await ssl.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Token);
            return await ssl.ReadAsync(new byte[100], Token) > 0;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Issuers) CreateChain(int length)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var issuers = new X509Certificate2Collection();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X509Certificate2 issuer = Request(0, key).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        for (int i = 1; i <= length; i++)
        {
            issuers.Insert(0, issuer);
            var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            issuer = Request(i, next).Create(
                issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddDays(-1), now.AddDays(1), [1, (byte)i]);
            key = next;
        }

        return (issuer.CopyWithPrivateKey(key), issuers);
    }

    private static CertificateRequest Request(int number, ECDsa key)
    {
        var request = new CertificateRequest($"CN=outsider {number}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }

    private async Task AssertServesAsync(MarbleServer server)
    {
        using HttpClient client = server.CreateClient(TestIdentities.Create(_authority, "frontend"), _clock);
        Assert.StartsWith("Marble 'frontend' ", await client.GetStringAsync("/", Token), StringComparison.Ordinal);
    }

    private async Task<bool> IsServedAsync(MarbleServer server)
    {
        try
        {
            await AssertServesAsync(server);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Task<MarbleServer> StartAsync(
        Action<MarbleRun.MarbleOptions>? change = null,
        Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? map = null) =>
        MarbleServer.StartAsync(
            TestIdentities.Create(_authority, "backend"),
            _clock,
            builder =>
            {
                builder.Logging.AddFilter((_, _) => true);
                builder.Services.PostConfigure<MarbleRun.MarbleOptions>(o => change?.Invoke(o));
                configure?.Invoke(builder);
            },
            map);
}
