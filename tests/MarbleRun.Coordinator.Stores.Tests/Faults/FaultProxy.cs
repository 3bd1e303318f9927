using System.Net;
using System.Net.Sockets;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>What a proxy does to the connections through it.</summary>
internal enum LinkState
{
    /// <summary>Bytes pass.</summary>
    Open,

    /// <summary>There are no connections, and new ones are ended at once.</summary>
    Refused,

    /// <summary>Connections stand, and nothing arrives. What was sent meanwhile arrives when the link is open again.</summary>
    Silent,

    /// <summary>What clients send arrives, and no answers do. They arrive when the link is open again.</summary>
    AnswersSilent,

    /// <summary>Bytes pass late.</summary>
    Slow,
}

/// <summary>A link to a server of loopback that can be disturbed. Its own address stays when the server moves.</summary>
internal sealed class FaultProxy : IDisposable
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(100);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Link> _links = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LinkState _state;
    private long _bytes;

    public FaultProxy(int target = 0)
    {
        Target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The port of the server; 0 if there is no server now.</summary>
    public int Target { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many bytes came from both sides.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public LinkState State
    {
        get => _state;
        set
        {
            TaskCompletionSource changed;
            lock (_lock)
            {
                _state = value;
                (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            changed.TrySetResult();
            if (value == LinkState.Refused)
            {
                Cut();
            }
        }
    }

    /// <summary>Resets all connections; what was held back is lost.</summary>
    public void Cut()
    {
        Link[] links;
        lock (_lock)
        {
            links = [.. _links];
        }

        foreach (Link link in links)
        {
            link.Reset();
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        Cut();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_stopping.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var link = new Link(client);
        lock (_lock)
        {
            _links.Add(link);
        }

        try
        {
            if (State == LinkState.Refused || Target == 0)
            {
                link.Reset();
                return;
            }

            await link.Server.ConnectAsync(IPAddress.Loopback, Target, _stopping.Token);
            await Task.WhenAny(PumpAsync(client, link.Server, link, isUp: true), PumpAsync(link.Server, client, link, isUp: false));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // One of the two has left.
        }
        finally
        {
            link.Reset();
            lock (_lock)
            {
                _links.Remove(link);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Link link, bool isUp)
    {
        byte[] buffer = new byte[32 * 1024];
        int read;
        while ((read = await from.ReceiveAsync(buffer, link.Ended)) > 0)
        {
            Interlocked.Add(ref _bytes, read);
            await PassAsync(isUp, link.Ended);
            await to.SendAsync(buffer.AsMemory(0, read), link.Ended);
        }
    }

    /// <summary>Waits until the link lets bytes pass.</summary>
    private async Task PassAsync(bool isUp, CancellationToken ended)
    {
        while (true)
        {
            Task changed;
            LinkState state;
            lock (_lock)
            {
                (state, changed) = (_state, _changed.Task);
            }

            switch (state)
            {
                case LinkState.Silent:
                case LinkState.AnswersSilent when !isUp:
                    await changed.WaitAsync(ended);
                    break;
                case LinkState.Slow:
                    await Task.Delay(s_delay, ended);
                    return;
                default:
                    return;
            }
        }
    }

    /// <summary>The two sockets of a connection.</summary>
    private sealed class Link(Socket client) : IDisposable
    {
        private readonly CancellationTokenSource _ended = new();

        public Socket Server { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public CancellationToken Ended => _ended.Token;

        public void Reset()
        {
            // Without a linger time, closing sends a reset.
            client.Close(0);
            Server.Close(0);
            try
            {
                _ended.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It was ended before.
            }
        }

        public void Dispose() => _ended.Dispose();
    }
}
