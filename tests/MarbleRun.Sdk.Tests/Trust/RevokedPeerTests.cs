using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Grpc.Core;
using MarbleRun.Identity;
using MarbleRun.Tests.Http;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using MarbleRun.Tls;

namespace MarbleRun.Tests.Trust;

/// <summary>
/// A revoked Marble as client and as server: new handshake, resumed handshake, open connection. The time is that of the clock, so "at once"
/// means that it does not move.
/// </summary>
[Trait("Security", "C11")]
public sealed class RevokedPeerTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;

    public RevokedPeerTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_NewHandshake_IsRefused(bool http2)
    {
        await using MeshPair pair = await StartAsync();
        Revoke(pair.ServerIdentity, pair.ClientIdentity);

        await Assert.ThrowsAsync<HttpRequestException>(() => pair.Http.SendAsync(pair.Request("/", http2), Token));
        Assert.Contains(
            pair.Server.Logs.Entries, e => e.Contains("it is revoked by its UUID (revocation 1)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Client_ResumedHandshake_IsRefused(SslProtocols protocol)
    {
        await using MeshPair pair = await StartAsync();
        SslClientAuthenticationOptions options = MarbleTls.CreateClientOptions(
            pair.ClientIdentity, MarblePeerPolicy.AnyMarble, "localhost", _clock);
        options.EnabledSslProtocols = protocol;
        await ResumeAsync(pair, options);

        Revoke(pair.ServerIdentity, pair.ClientIdentity);

        Exception refusal = await Assert.ThrowsAnyAsync<Exception>(() => GetAsync(pair, options));
        Assert.True(refusal is IOException or AuthenticationException, refusal.ToString());
        Assert.True(pair.Handshakes.Last.IsResumed);
        Assert.Contains(
            pair.Server.Logs.Entries, e => e.Contains("it is revoked by its UUID (revocation 1)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_OpenConnection_IsClosedAtOnce(bool http2)
    {
        await using MeshPair pair = await StartAsync();
        using HttpResponseMessage response = await pair.Http.SendAsync(
            pair.Request("/wait", http2), HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await response.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[7], Token);

        Revoke(pair.ServerIdentity, pair.ClientIdentity);

        await AssertEndsAsync(body.ReadAsync(new byte[1], Token).AsTask());
        Assert.Equal(0, pair.ServerIdentity.Trust.Connections.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_IdleConnection_IsClosedAtOnce(bool http2)
    {
        await using MeshPair pair = await StartAsync();
        using (await pair.Http.SendAsync(pair.Request("/", http2), Token))
        {
        }

        Assert.Equal(1, pair.ServerIdentity.Trust.Connections.Count);
        Revoke(pair.ServerIdentity, pair.ClientIdentity);

        Assert.Equal(0, pair.ServerIdentity.Trust.Connections.Count);
        await Assert.ThrowsAsync<HttpRequestException>(() => pair.Http.SendAsync(pair.Request("/", http2), Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_NewHandshake_IsRefused(bool http2)
    {
        await using MeshPair pair = await StartAsync();
        Revoke(pair.ClientIdentity, pair.ServerIdentity);

        HttpRequestException refusal = await Assert.ThrowsAsync<HttpRequestException>(
            () => pair.Http.SendAsync(pair.Request("/", http2), Token));
        Assert.Contains("it is revoked by its UUID (revocation 1)", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Server_ResumedHandshake_IsRefused(SslProtocols protocol)
    {
        await using MeshPair pair = await StartAsync();
        SslClientAuthenticationOptions options = MarbleTls.CreateClientOptions(
            pair.ClientIdentity, MarblePeerPolicy.AnyMarble, "localhost", _clock);
        options.EnabledSslProtocols = protocol;
        await ResumeAsync(pair, options);

        Revoke(pair.ClientIdentity, pair.ServerIdentity);

        AuthenticationException refusal = await Assert.ThrowsAnyAsync<AuthenticationException>(() => GetAsync(pair, options));
        Assert.Contains("it is revoked by its UUID (revocation 1)", refusal.Message, StringComparison.Ordinal);
        Assert.True(pair.Handshakes.Last.IsResumed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_OpenConnection_IsClosedAtOnce(bool http2)
    {
        await using MeshPair pair = await StartAsync();
        using HttpResponseMessage response = await pair.Http.SendAsync(
            pair.Request("/wait", http2), HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await response.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[7], Token);

        Revoke(pair.ClientIdentity, pair.ServerIdentity);

        await AssertEndsAsync(body.ReadAsync(new byte[1], Token).AsTask());
        await Assert.ThrowsAsync<HttpRequestException>(() => pair.Http.SendAsync(pair.Request("/", http2), Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GrpcStream_Open_IsClosedAtOnce(bool serverIsRevoked)
    {
        await using MeshPair pair = await StartAsync();
        using AsyncDuplexStreamingCall<GreetRequest, GreetReply> call = pair.Grpc.Converse(cancellationToken: Token);
        await ChatAsync(call);

        if (serverIsRevoked)
        {
            Revoke(pair.ClientIdentity, pair.ServerIdentity);
        }
        else
        {
            Revoke(pair.ServerIdentity, pair.ClientIdentity);
        }

        await AssertEndsAsync(call.ResponseStream.MoveNext(Token));
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(
            () => pair.Grpc.GreetAsync(new GreetRequest { Name = "world" }, cancellationToken: Token).ResponseAsync);
        Assert.True(refusal.StatusCode is StatusCode.Unavailable or StatusCode.Internal, refusal.ToString());
    }

    [Fact]
    public async Task LibraryStream_Open_IsClosedAtOnce()
    {
        await using MeshPair pair = await StartAsync();
        await using SslStream stream = await ConnectAsync(
            pair, MarbleTls.CreateClientOptions(pair.ClientIdentity, MarblePeerPolicy.AnyMarble, "localhost", _clock));
        Task<int> reading = stream.ReadAsync(new byte[1], Token).AsTask();

        Revoke(pair.ClientIdentity, pair.ServerIdentity);

        await AssertEndsAsync(reading);
    }

    [Fact]
    public async Task OtherPeers_StayConnected()
    {
        await using MeshPair pair = await StartAsync();
        using AsyncDuplexStreamingCall<GreetRequest, GreetReply> call = pair.Grpc.Converse(cancellationToken: Token);
        await ChatAsync(call);

        Revoke(pair.ServerIdentity, TestIdentities.Create(_authority, "frontend"));
        Revoke(pair.ClientIdentity, TestIdentities.Create(_authority, "backend"));

        await ChatAsync(call);
        Assert.Equal("Marble 'frontend' " + pair.ClientIdentity.Id, await pair.Http.GetStringAsync("/", Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CoordinatorAway_AfterTheHour_ConnectionsEndAndPeersAreRefused(bool serverIsAlone)
    {
        await using MeshPair pair = await StartAsync();
        using AsyncDuplexStreamingCall<GreetRequest, GreetReply> call = pair.Grpc.Converse(cancellationToken: Token);
        await ChatAsync(call);
        TrustHolder alone = (serverIsAlone ? pair.ServerIdentity : pair.ClientIdentity).Trust;
        alone.SetContact(new TrustContact(new RevocationPolicy(), _clock.GetUtcNow(), IsConnected: false));

        _clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        await ChatAsync(call);
        Assert.Equal("hello new", (await pair.Grpc.GreetAsync(new GreetRequest { Name = "new" }, cancellationToken: Token)).Greeting);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<RpcException>(
            () => pair.Grpc.GreetAsync(new GreetRequest { Name = "world" }, cancellationToken: Token).ResponseAsync);
        await ChatAsync(call);

        _clock.Advance(OpenConnections.DrainTime);
        await AssertEndsAsync(call.ResponseStream.MoveNext(Token));

        alone.SetContact(new TrustContact(new RevocationPolicy(), _clock.GetUtcNow(), IsConnected: true));
        Assert.Equal("hello again", (await pair.Grpc.GreetAsync(new GreetRequest { Name = "again" }, cancellationToken: Token)).Greeting);
    }

    [Fact]
    public async Task CoordinatorAway_PolicyContinues_NothingEnds()
    {
        await using MeshPair pair = await StartAsync();
        var policy = new RevocationPolicy { ContinueWhenOutdated = true };
        pair.ServerIdentity.Trust.SetContact(new TrustContact(policy, _clock.GetUtcNow(), IsConnected: false));
        using AsyncDuplexStreamingCall<GreetRequest, GreetReply> call = pair.Grpc.Converse(cancellationToken: Token);
        await ChatAsync(call);

        _clock.Advance(TimeSpan.FromDays(2));

        await ChatAsync(call);
    }

    private Task<MeshPair> StartAsync() => MeshPair.StartAsync(
        _clock, TestIdentities.Create(_authority, "backend"), TestIdentities.Create(_authority, "frontend"));

    private void Revoke(MarbleIdentity at, MarbleIdentity revoked) =>
        at.Receive(TestTrust.Create(_authority, 7, TestTrust.Instance(revoked.Id)), _authority, _clock.GetUtcNow());

    private static async Task ChatAsync(AsyncDuplexStreamingCall<GreetRequest, GreetReply> call)
    {
        await call.RequestStream.WriteAsync(new GreetRequest { Name = "world" }, Token);
        Assert.True(await call.ResponseStream.MoveNext(Token).WaitAsync(s_patience, Token));
        Assert.Equal("hello world", call.ResponseStream.Current.Greeting);
    }

    /// <summary>The clock stands still: what ends, ends without it.</summary>
    private static async Task AssertEndsAsync<T>(Task<T> reading)
    {
        Exception? end = await Record.ExceptionAsync(() => reading.WaitAsync(s_patience, Token));
        Assert.True(
            (end is null && reading is Task<int> { Result: 0 })
            || end is IOException or HttpRequestException or RpcException or ObjectDisposedException,
            end?.ToString() ?? $"It went on: {reading.Result}");
    }

    private static async Task<SslStream> ConnectAsync(MeshPair pair, SslClientAuthenticationOptions options)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", pair.Address.Port, Token);
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(options, Token);
        return stream;
    }

    private static async Task ResumeAsync(MeshPair pair, SslClientAuthenticationOptions options)
    {
        Assert.Equal("200", await GetAsync(pair, options));
        Assert.False(pair.Handshakes.Last.IsResumed);
        Assert.Equal("200", await GetAsync(pair, options));
        Assert.True(pair.Handshakes.Last.IsResumed);
    }

    /// <summary>One request over a connection of its own.</summary>
    private static async Task<string> GetAsync(MeshPair pair, SslClientAuthenticationOptions options)
    {
        await using SslStream stream = await ConnectAsync(pair, options);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string answer = await reader.ReadToEndAsync(Token);
        return answer.Length == 0 ? throw new IOException("no answer") : answer.Split(' ')[1];
    }
}
