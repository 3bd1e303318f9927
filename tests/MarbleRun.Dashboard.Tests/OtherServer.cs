using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MarbleRun.Dashboard.Tests;

/// <summary>A web server of another program at another port of 127.0.0.1.</summary>
internal sealed class OtherServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    public OtherServer()
    {
        _listener.Start();
        _running = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The values of the header Cookie that it got.</summary>
    public ConcurrentQueue<string> Cookies { get; } = new();

    /// <summary>What it sends as Set-Cookie, or null.</summary>
    public string? SetCookie { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _running;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } line)
        {
            if (line.StartsWith("Cookie: ", StringComparison.OrdinalIgnoreCase))
            {
                Cookies.Enqueue(line["Cookie: ".Length..]);
            }
        }

        string cookie = SetCookie is null ? string.Empty : $"Set-Cookie: {SetCookie}\r\n";
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n{cookie}Connection: close\r\n\r\nok"),
            _end.Token);
    }
}
