using System.Net;
using System.Net.Sockets;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>
/// Forwards connections to a server on loopback. The connection that sends a marker is cut, once: before the server gets what contains the
/// marker, or after it has answered that.
/// </summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _target;
    private readonly byte[] _marker;
    private readonly bool _isAfterTheAnswer;
    private int _cuts;

    public CuttingProxy(int target, ReadOnlySpan<byte> marker, bool isAfterTheAnswer)
    {
        (_target, _marker, _isAfterTheAnswer) = (target, marker.ToArray(), isAfterTheAnswer);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts => Volatile.Read(ref _cuts);

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _stopping.Token);
                var isArmed = new StrongBox();
                Task up = PumpAsync(client.GetStream(), server.GetStream(), isArmed, isUp: true);
                Task down = PumpAsync(server.GetStream(), client.GetStream(), isArmed, isUp: false);
                await Task.WhenAny(up, down);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
            {
                // One of the two has left.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, StrongBox isArmed, bool isUp)
    {
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, _stopping.Token)) > 0)
        {
            if (isUp && buffer.AsSpan(0, read).IndexOf(_marker) >= 0 && Interlocked.CompareExchange(ref _cuts, 1, 0) == 0)
            {
                if (!_isAfterTheAnswer)
                {
                    return;
                }

                isArmed.Value = true;
            }
            else if (!isUp && isArmed.Value && IsAnswer(buffer.AsSpan(0, read)))
            {
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
        }
    }

    /// <summary>Frames of HTTP/2 that only acknowledge are short.</summary>
    private static bool IsAnswer(ReadOnlySpan<byte> bytes) => bytes.Length > 40;

    private sealed class StrongBox
    {
        public volatile bool Value;
    }
}
