using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MarbleRun.Dashboard.Tests;

/// <summary>A proxy between the browser and the dashboard that can be cut.</summary>
internal sealed class CutConnection : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly Func<int> _target;
    private readonly Task _running;
    private volatile bool _isCut;

    /// <param name="target">The port of the dashboard.</param>
    public CutConnection(Func<int> target)
    {
        _target = target;
        _listener.Start();
        _running = RunAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Closes all connections, and each one that comes.</summary>
    public void Cut()
    {
        _isCut = true;
        while (_clients.TryTake(out TcpClient? client))
        {
            client.Dispose();
        }
    }

    public void Repair() => _isCut = false;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _running;
        Cut();
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                _clients.Add(client);
                _ = RelayAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        try
        {
            if (_isCut)
            {
                client.Dispose();
                return;
            }

            var server = new TcpClient();
            _clients.Add(server);
            await server.ConnectAsync(IPAddress.Loopback, _target(), _end.Token);
            Task up = client.GetStream().CopyToAsync(server.GetStream(), _end.Token);
            Task down = server.GetStream().CopyToAsync(client.GetStream(), _end.Token);
            await Task.WhenAny(up, down);
            client.Dispose();
            server.Dispose();
            await Task.WhenAll(up, down);
        }
        catch (Exception exception) when (
            exception is IOException or SocketException or InvalidOperationException or OperationCanceledException)
        {
            // One side was closed.
        }
    }
}
