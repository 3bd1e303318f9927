using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>Connections that stay silent at some point; they come from many addresses of the loopback network.</summary>
internal sealed class SilentPeers : IDisposable
{
    public static readonly IReadOnlyDictionary<string, string> Kinds = new Dictionary<string, string>
    {
        ["tcp"] = "nothing is sent",
        ["hello"] = "half of a TLS hello",
        ["handshake"] = "after the handshake",
        ["body"] = "half of a body of 12 KB",
        ["large-body"] = "300 KB of a body of 1 MB",
        ["http2"] = "HTTP/2, an answer of 500 KB behind a closed window",
    };

    private readonly List<IDisposable> _held = [];

    public async Task AddAsync(MeasuredServers servers, string kind, int count, int firstAddress)
    {
        for (int i = 0; i < count; i++)
        {
            var from = new IPAddress([127, 0, (byte)(1 + firstAddress), (byte)(1 + (i / 50))]);
            if (kind is "tcp" or "hello")
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _held.Add(socket);
                socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(i % 2 == 0 ? servers.Mesh : servers.Client);
                if (kind == "hello")
                {
                    await socket.SendAsync((byte[])[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, .. new byte[400]]);
                }

                continue;
            }

            IPEndPoint port = kind is "body" or "large-body" ? servers.LockedClient : servers.Client;
            SslStream ssl = await CallerClient.ConnectAsync(port, SslProtocols.Tls13, chain: null, http2: kind == "http2", from);
            _held.Add(ssl);
            switch (kind)
            {
                case "body":
                    await ssl.WriteAsync(Encoding.ASCII.GetBytes(Head("/api/v2/recover", 12_000) + new string(' ', 6_000)));
                    break;
                case "large-body":
                    await ssl.WriteAsync(Encoding.ASCII.GetBytes(Head("/recover", 1_000_000) + new string(' ', 300_000)));
                    break;
                case "http2":
                    // A window of nothing, then GET /api/v2/manifest.
                    await ssl.WriteAsync((byte[])[
                        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0,
                        0, 0, 31, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x04, 16, .. "/api/v2/manifest"u8, 0x41, 9, .. "localhost"u8]);
                    break;
            }
        }
    }

    public static ServerProcess ServerOf(MeasuredServers servers, string kind) =>
        kind is "body" or "large-body" ? servers.Locked : servers.Serving;

    public void Dispose() => _held.ForEach(h => h.Dispose());

    private static string Head(string path, int length) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
}
