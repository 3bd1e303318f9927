using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.AspNetCore;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>
/// A caller that is refused leaves one event: from where, what it showed, what was required; and a flood of them no flood of events.
/// </summary>
public sealed class RefusedCallerTests : MarbleServerFixture
{
    [Theory]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, false)]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
    public async Task Handshake_WithoutOrWithAForeignCertificate_LeavesOneEventWithAddressAndFingerprint(SslProtocols protocol, bool shows)
    {
        await using MarbleServer server = await StartAsync();
        using X509Certificate2 foreign = OtherAuthority.IssueMarble("frontend");

        await Assert.ThrowsAnyAsync<Exception>(() => ConnectOnceAsync(server, shows ? foreign : null, protocol));

        string refused = await SingleRefusalAsync(server);
        Assert.Contains("Address=127.0.0.1:", refused, StringComparison.Ordinal);
        Assert.Contains(
            shows
                ? $"It showed a certificate with the SHA-256 {foreign.GetCertHashString(HashAlgorithmName.SHA256)};"
                : "It showed no certificate;", refused, StringComparison.Ordinal);
        Assert.Contains("required is a certificate of a Marble of this mesh", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task RequireMarble_OtherType_LeavesOneEventWithTheTypeAndWhatWasRequired(int version)
    {
        await using MarbleServer server = await StartAsync();
        MarbleIdentity caller = TestIdentities.Create(Authority, "backend");
        using HttpClient client = server.CreateClient(caller, Clock);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/frontend")
        {
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using HttpResponseMessage response = await client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        string refused = await SingleRefusalAsync(server);
        Assert.Contains("of Marble 'backend' ", refused, StringComparison.Ordinal);
        Assert.Contains("required is a Marble of type 'frontend'", refused, StringComparison.Ordinal);
        Assert.Contains("Address=127.0.0.1:", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_AtAnEndpointThatAsksForNoCertificate_LeavesOneEvent()
    {
        await using MarbleServer server = await StartAsync(configure: builder =>
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Kestrel:Endpoints:Weak:Url"] = "https://127.0.0.1:0",
                ["Kestrel:Endpoints:Weak:ClientCertificateMode"] = "NoCertificate",
            }));
        using HttpClient client = server.CreateOutsider();

        using HttpResponseMessage response = await client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("no certificate was shown", await SingleRefusalAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "G2")]
    public void Report_AFlood_IsBoundedByAddressAndInAllAndSaysHowManyWereLeftOut()
    {
        var clock = new FakeTimeProvider();
        using var logs = new RecordingLogs();
        var log = new RefusalLog(clock, new Logger<RefusalLog>(logs));

        for (int i = 0; i < 1_000; i++)
        {
            log.Report(new IPEndPoint(IPAddress.Loopback, i), null, null, "flood");
        }

        Assert.Equal(RefusalLog.MostOfAnAddress, logs.Entries.Count);
        for (int i = 0; i < 1_000; i++)
        {
            log.Report(new IPEndPoint(new IPAddress(i), 1), null, null, "flood");
        }

        Assert.Equal(RefusalLog.MostInAMinute, logs.Entries.Count);
        clock.Advance(TimeSpan.FromMinutes(1));
        log.Report(new IPEndPoint(IPAddress.Loopback, 1), null, null, "after");

        string[] last = [.. logs.Entries.Skip(RefusalLog.MostInAMinute)];
        Assert.Equal(2, last.Length);
        Assert.Contains("1940 more callers were refused", last[0], StringComparison.Ordinal);
        Assert.Contains("after", last[1], StringComparison.Ordinal);
    }

    /// <summary>One connection: a client of HTTP would try again by itself.</summary>
    private static async Task ConnectOnceAsync(MarbleServer server, X509Certificate2? certificate, SslProtocols protocol)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Https.Port, Token);
        await using var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocol,
                ClientCertificateContext = certificate is null
                    ? null
                    : SslStreamCertificateContext.Create(certificate, null, offline: true),
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            Token);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Token);

        // In TLS 1.3 the client learns of it here.
        await stream.ReadExactlyAsync(new byte[1], Token);
    }

    /// <summary>The event comes after the client has heard of it: the server stops first.</summary>
    private static async Task<string> SingleRefusalAsync(MarbleServer server)
    {
        await server.StopAsync();
        return Assert.Single(server.Logs.Entries, e => e.Contains("CallerRefused", StringComparison.Ordinal));
    }
}
