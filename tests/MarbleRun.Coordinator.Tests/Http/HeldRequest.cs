using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Tests.Users;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>A POST over HTTP/1.1 whose body a test sends when it likes.</summary>
internal sealed class HeldRequest : IDisposable
{
    private readonly TcpClient _tcp;
    private readonly SslStream _ssl;

    private HeldRequest(TcpClient tcp, SslStream ssl)
    {
        _tcp = tcp;
        _ssl = ssl;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Sends the headers, and nothing of the body.</summary>
    public static async Task<HeldRequest> StartAsync(CoordinatorHost host, X509Certificate2? certificate, string path, int length)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(host.Client, Cancellation);
        var ssl = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificateContext = certificate is null ? null : ShownCertificates.CreateContext(certificate),
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            },
            Cancellation);
        var request = new HeldRequest(tcp, ssl);
        await request.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nExpect: "
            + $"100-continue\r\n\r\n");
        return request;
    }

    public Task SendAsync(string text) => _ssl.WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation).AsTask();

    /// <summary>Waits until the server wants the body: it is past all that it decides before.</summary>
    public async Task WaitUntilBodyIsReadAsync() =>
        Assert.StartsWith("HTTP/1.1 100 ", await ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);

    /// <summary>The answer with its headers, up to the end of its JSON.</summary>
    public Task<string> ReadAnswerAsync() => ReadUntilAsync("}\n");

    public void Dispose()
    {
        _ssl.Dispose();
        _tcp.Dispose();
    }

    private async Task<string> ReadUntilAsync(string end)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            int count = await _ssl.ReadAsync(buffer, Cancellation);
            Assert.True(count > 0, $"The connection ended after: {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
