using Grpc.Core;
using MarbleRun.Tests.Http;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Trust;

/// <summary>The calls of a client over one protocol, over the kind of connection that a test names.</summary>
internal sealed class RevocationCalls(MeshPair pair, TestAuthority authority, string protocol) : IAsyncDisposable
{
    public const string New = "new handshake";
    public const string Resumed = "resumed handshake";
    public const string Open = "open connection";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private HttpResponseMessage? _response;
    private Stream? _body;
    private AsyncDuplexStreamingCall<GreetRequest, GreetReply>? _call;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Uses the kind of connection, which must work.</summary>
    public async Task UseAsync(string connection)
    {
        if (connection == Open)
        {
            await OpenAsync();
            await ChatAsync();
            return;
        }

        if (connection == Resumed && pair.Handshakes.Connections.Count == 0)
        {
            await CallAndCloseAsync();
        }

        await HandshakeAsync(connection, CallAndCloseAsync);
    }

    public async Task AssertRefusedAsync(string connection)
    {
        Exception? refusal = await Record.ExceptionAsync(
            () => connection == Open ? ReadToEndAsync() : HandshakeAsync(connection, CallAsync));

        // A body of HTTP/1.1 that has no length may only end, and a client disposes of the stream that it reads from.
        Assert.True(
            refusal is HttpRequestException or RpcException or IOException
                || (connection == Open && refusal is null or ObjectDisposedException),
            refusal?.ToString() ?? "The peer was accepted.");
        await pair.Handshakes.Last.Closed.WaitAsync(s_patience, Token);
    }

    public async ValueTask DisposeAsync()
    {
        _call?.Dispose();
        if (_body is not null)
        {
            await _body.DisposeAsync();
        }

        _response?.Dispose();
    }

    /// <summary>Calls over a new connection, with a session of before or without one, as the handshake shows.</summary>
    private async Task HandshakeAsync(string connection, Func<Task> callAsync)
    {
        int before = pair.Handshakes.Connections.Count;
        if (connection == New)
        {
            // Sessions belong to the certificate.
            pair.ClientIdentities.Publish(TestIdentities.Renew(pair.ClientIdentity, authority));
        }

        try
        {
            await callAsync();
        }
        finally
        {
            // A client may try again after a refusal, then with the session that the refused handshake gave it.
            Assert.Equal(connection == Resumed, pair.Handshakes.Connections[before].IsResumed);
        }
    }

    private async Task CallAndCloseAsync()
    {
        if (protocol == "gRPC")
        {
            await pair.Grpc.GreetAsync(new GreetRequest { Name = "close" }, cancellationToken: Token);
        }
        else
        {
            using HttpResponseMessage response = await pair.Http.SendAsync(pair.Request("/close", protocol == "HTTP/2"), Token);
            response.EnsureSuccessStatusCode();
        }

        await pair.Handshakes.Last.Closed.WaitAsync(s_patience, Token);
    }

    private async Task CallAsync()
    {
        if (protocol == "gRPC")
        {
            await pair.Grpc.GreetAsync(new GreetRequest { Name = "world" }, cancellationToken: Token);
        }
        else
        {
            using HttpResponseMessage response = await pair.Http.SendAsync(pair.Request("/", protocol == "HTTP/2"), Token);
        }
    }

    private async Task OpenAsync()
    {
        if (protocol == "gRPC")
        {
            _call ??= pair.Grpc.Converse(cancellationToken: Token);
        }
        else if (_body is null)
        {
            _response = await pair.Http.SendAsync(
                pair.Request("/ticks", protocol == "HTTP/2"), HttpCompletionOption.ResponseHeadersRead, Token);
            _body = await _response.Content.ReadAsStreamAsync(Token);
        }
    }

    /// <summary>Both sides use what is open.</summary>
    private async Task ChatAsync()
    {
        if (_call is not null)
        {
            await _call.RequestStream.WriteAsync(new GreetRequest { Name = "world" }, Token);
            Assert.True(await _call.ResponseStream.MoveNext(Token).WaitAsync(s_patience, Token));
            Assert.Equal("hello world", _call.ResponseStream.Current.Greeting);
            return;
        }

        byte[] tick = new byte[1];
        Assert.True(pair.Ticks.TryWrite(7));
        await _body!.ReadExactlyAsync(tick, Token).AsTask().WaitAsync(s_patience, Token);
        Assert.Equal(7, tick[0]);
    }

    /// <summary>The clock stands still: what ends, ends without it.</summary>
    private async Task ReadToEndAsync()
    {
        Task<bool> reading = _call is not null ? _call.ResponseStream.MoveNext(Token) : ReadTickAsync();
        Assert.False(await reading.WaitAsync(s_patience, Token), "It goes on.");
    }

    private async Task<bool> ReadTickAsync() => await _body!.ReadAsync(new byte[1], Token) > 0;
}
