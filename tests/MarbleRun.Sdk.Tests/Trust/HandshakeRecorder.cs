using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MarbleRun.Tests.Trust;

/// <summary>Passes connections on to a server, and reads from the first bytes of both sides whether a session is resumed.</summary>
internal sealed class HandshakeRecorder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<RecordedConnection> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;
    private int _server;

    /// <summary>The connections in the order in which they were opened.</summary>
    public IReadOnlyList<RecordedConnection> Connections => [.. _connections];

    /// <summary>The connection that was opened last.</summary>
    public RecordedConnection Last => Connections[^1];

    /// <summary>The address that leads to the server.</summary>
    public Uri Route(Uri server)
    {
        if (_server == 0)
        {
            _server = server.Port;
            _listener.Start();
            _accepting = AcceptAsync();
        }

        return new UriBuilder(server) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Select(c => c.Closed));
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
                _connections.Enqueue(new RecordedConnection(client, server, _stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The end of the test, or of the server.
            }
        }
    }
}

/// <summary>One connection. What one side closes is closed for the other, too.</summary>
internal sealed class RecordedConnection
{
    private const int Hello = 5 + 4 + 2 + 32;
    private const int MostRecorded = 4096;
    private const int PreSharedKey = 41;
    private const int SupportedVersions = 43;

    private readonly List<byte> _ofClient = [];
    private readonly List<byte> _ofServer = [];

    public RecordedConnection(TcpClient client, TcpClient server, CancellationToken stop)
    {
        Closed = PassAsync(client, server, stop);
    }

    /// <summary>Completes when both sides are closed.</summary>
    public Task Closed { get; }

    /// <summary>
    /// Whether the server resumed a session: with TLS 1.3 its ServerHello selects a key of before (RFC 8446, 4.2.11), with TLS 1.2 it
    /// repeats the session ID of the client (RFC 5077, 3.4).
    /// </summary>
    public bool IsResumed
    {
        get
        {
            byte[] server = Read(_ofServer);
            ReadOnlySpan<byte> session = server.AsSpan(Hello + 1, server[Hello]);
            int at = Hello + 1 + session.Length + 3;
            int end = at + 2 + ReadLength(server, at);
            var extensions = new List<int>();
            for (at += 2; at < end; at += 4 + ReadLength(server, at + 2))
            {
                extensions.Add(ReadLength(server, at));
            }

            byte[] client = Read(_ofClient);
            return extensions.Contains(SupportedVersions)
                ? extensions.Contains(PreSharedKey)
                : !session.IsEmpty && session.SequenceEqual(client.AsSpan(Hello + 1, client[Hello]));
        }
    }

    private static int ReadLength(byte[] bytes, int at) => (bytes[at] << 8) | bytes[at + 1];

    private static byte[] Read(List<byte> recorded)
    {
        lock (recorded)
        {
            return [.. recorded];
        }
    }

    private async Task PassAsync(TcpClient client, TcpClient server, CancellationToken stop)
    {
        using (client)
        using (server)
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            client.NoDelay = server.NoDelay = true;
            Task up = PassAsync(client.GetStream(), server.GetStream(), _ofClient, end.Token);
            Task down = PassAsync(server.GetStream(), client.GetStream(), _ofServer, end.Token);
            await Task.WhenAny(up, down);
            await end.CancelAsync();
            await Task.WhenAll(up, down);
        }
    }

    private static async Task PassAsync(NetworkStream from, NetworkStream to, List<byte> record, CancellationToken stop)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            for (int read = 1; read > 0;)
            {
                read = await from.ReadAsync(buffer, stop);
                lock (record)
                {
                    // The rest is not of the handshake.
                    record.AddRange(buffer.AsSpan(0, record.Count < MostRecorded ? read : 0));
                }

                await to.WriteAsync(buffer.AsMemory(0, read), stop);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has closed the connection.
        }
    }
}
