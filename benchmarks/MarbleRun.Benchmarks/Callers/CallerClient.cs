using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>What unauthenticated callers send: whole connections, or requests over one that is open.</summary>
internal static class CallerClient
{
    /// <summary>Refused before anything was answered.</summary>
    public const string Closed = "closed";

    /// <summary>A connection with its handshake.</summary>
    /// <param name="port">Where to.</param>
    /// <param name="protocol">The version of TLS.</param>
    /// <param name="chain">The client's certificates, or null.</param>
    /// <param name="http2">Whether HTTP/2 is spoken behind it.</param>
    /// <param name="from">The address that the client has.</param>
    public static async Task<SslStream> ConnectAsync(
        IPEndPoint port, SslProtocols protocol, SslStreamCertificateContext? chain, bool http2 = false, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }

            await socket.ConnectAsync(port);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var ssl = new SslStream(
            new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        try
        {
            await ssl.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocol,
                ClientCertificateContext = chain,
                ApplicationProtocols = [http2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
                AllowTlsResume = false,
            });
            return ssl;
        }
        catch
        {
            await ssl.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection, a handshake, a status, and the end: the plain handshake that all is compared with.</summary>
    public static async Task<string> ShakeAsync(
        IPEndPoint port,
        SslProtocols protocol = SslProtocols.Tls13,
        SslStreamCertificateContext? chain = null,
        string path = "/api/v2/status",
        IPAddress? from = null)
    {
        try
        {
            await using SslStream ssl = await ConnectAsync(port, protocol, chain, http2: false, from);
            await ssl.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            string answer = await new StreamReader(ssl).ReadToEndAsync();
            return answer.Length > 12 ? answer[9..12] : Closed;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return Closed;
        }
    }

    /// <summary>The handshake at a port that speaks HTTP/2 alone; the first bytes of the server are the answer.</summary>
    public static async Task<string> ShakeHttp2Async(IPEndPoint port, SslProtocols protocol, SslStreamCertificateContext? chain)
    {
        try
        {
            await using SslStream ssl = await ConnectAsync(port, protocol, chain, http2: true);
            await ssl.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0"u8.ToArray());
            return await ssl.ReadAsync(new byte[100]) > 0 ? "settings" : Closed;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return Closed;
        }
    }

    /// <summary>What sends requests over connections that stay open.</summary>
    public static HttpMessageInvoker CreateInvoker(X509Certificate2? certificate) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificateContext = certificate is null
                ? null
                : SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        },
    });

    /// <summary>GET, or POST if there is a body; the status.</summary>
    public static async Task<string> SendAsync(HttpMessageInvoker invoker, IPEndPoint port, string path, byte[]? body, Version version)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri($"https://{port}{path}"))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body is null
                ? null
                : new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.ExpectContinue = body?.Length > 100_000;
        try
        {
            using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
            await response.Content.CopyToAsync(Stream.Null);
            return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return Closed;
        }
    }

    /// <summary>A call of gRPC; its status.</summary>
    public static async Task<string> CallAsync(HttpMessageInvoker invoker, IPEndPoint port, string method, byte[] message)
    {
        byte[] frame =
        [
            0,
            (byte)(message.Length >> 24),
            (byte)(message.Length >> 16),
            (byte)(message.Length >> 8),
            (byte)message.Length,
            .. message,
        ];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{port}{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.Add("te", "trailers");
        try
        {
            using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
            await response.Content.CopyToAsync(Stream.Null);
            HttpResponseHeaders from = response.Headers.Contains("grpc-status") ? response.Headers : response.TrailingHeaders;
            return "gRPC " + string.Join(',', from.GetValues("grpc-status"));
        }
        catch (HttpRequestException)
        {
            return Closed;
        }
    }
}
