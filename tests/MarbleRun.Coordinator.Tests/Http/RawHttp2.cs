using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>HTTP/2 as bytes (RFC 9113), for what no client does.</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte GoAway = 7;

    private readonly TcpClient _tcp;
    private readonly SslStream _ssl;

    private RawHttp2(TcpClient tcp, SslStream ssl)
    {
        _tcp = tcp;
        _ssl = ssl;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A connection whose streams may send no byte of an answer before the client allows it.</summary>
    public static async Task<RawHttp2> ConnectWithClosedWindowAsync(IPEndPoint port)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(port, Cancellation);
        var ssl = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] },
            Cancellation);
        await ssl.WriteAsync(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Cancellation);
        var connection = new RawHttp2(tcp, ssl);
        await connection.SendAsync(Settings, flags: 0, stream: 0, [0, 4, 0, 0, 0, 0]);
        return connection;
    }

    /// <summary>GET of a path with less than 127 characters.</summary>
    public Task GetAsync(int stream, string path) =>
        SendAsync(Headers, flags: 5, stream, [0x82, 0x87, .. Literal(":path", path), .. Literal(":authority", "localhost")]);

    /// <summary>The next frame that is one of these types.</summary>
    public async Task<(byte Type, int Stream)> ReadAsync(params byte[] types)
    {
        var header = new byte[9];
        while (true)
        {
            await _ssl.ReadExactlyAsync(header, Cancellation);
            await _ssl.ReadExactlyAsync(new byte[(header[0] << 16) | (header[1] << 8) | header[2]], Cancellation);
            if (types.Contains(header[3]))
            {
                return (header[3], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)));
            }
        }
    }

    public void Dispose()
    {
        _ssl.Dispose();
        _tcp.Dispose();
    }

    private static byte[] Literal(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private Task SendAsync(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[1] = (byte)(payload.Length >> 8);
        frame[2] = (byte)payload.Length;
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return _ssl.WriteAsync(frame, Cancellation).AsTask();
    }
}
