using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Tests.Diagnostics;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>What unauthenticated callers send to the mesh port that is not a call: it is counted, and fills no log.</summary>
[Trait("Security", "G2")]
[Trait("Security", "G3")]
public sealed class GarbageCallTests : MonitoredTest
{
    private readonly X509Certificate2 _certificate = CoordinatorHost.CreateMarbleCredentials().Certificate;

    public override async ValueTask DisposeAsync()
    {
        CoordinatorHost host = Host;
        await base.DisposeAsync();
        Assert.DoesNotContain(host.Logs.Entries, IsLoud);
        _certificate.Dispose();
    }

    [Theory]
    [InlineData("", "13", "Incomplete message.", "incomplete")]
    [InlineData("00", "13", "Incomplete message.", "incomplete")]
    [InlineData("0000000005aa", "13", "Incomplete message.", "incomplete")]
    [InlineData("0000000001aabb", "13", "Additional data after the message received.", "frame")]
    [InlineData("0000000003ffffff", "13", "grpc: error unmarshalling request: it is not a message of this method", "message")]
    [InlineData("0200000000", "13", "grpc: received unexpected payload format 2", "frame")]
    [InlineData("0100000000", "12", "compressed messages are not supported", "compressed")]
    public async Task Call_OfABodyThatIsNoMessage_IsAnsweredAndCounted(string body, string status, string message, string reason)
    {
        using HttpResponseMessage answer = await PostAsync("/rpc.Marble/Activate", Convert.FromHexString(body), "application/grpc");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((status, message), (Header(answer, "grpc-status"), Header(answer, "grpc-message")));
        Assert.Equal(1, (await Monitored.ScrapeAsync()).Value("coordinator_mesh_unreadable_calls_total", ("reason", reason)));
        string told = Assert.Single(Host.Logs.Entries, e => e.Contains("CallUnreadable", StringComparison.Ordinal));
        Assert.StartsWith("Debug", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("007fffffff00")]
    [InlineData("00ffffffff00")]
    public async Task Call_OfAMessageThatSaysItIsTooLarge_IsAnswered(string body)
    {
        using HttpResponseMessage answer = await PostAsync("/rpc.Marble/Activate", Convert.FromHexString(body), "application/grpc");

        Assert.Equal(
            ("8", "Received message exceeds the maximum configured message size."),
            (Header(answer, "grpc-status"), Header(answer, "grpc-message")));
    }

    [Theory]
    [InlineData("/rpc.Marble/Activate", "application/json", 415, "content_type")]
    [InlineData("/rpc.Marble/Activate", "application/grpcx", 415, "content_type")]
    [InlineData("/rpc.Marble/Activate", "text/plain", 415, "content_type")]
    [InlineData("/anything", "text/plain", 415, "content_type")]
    [InlineData("/rpc.Marble/Nothing", "application/grpc", 200, "unknown_method")]
    [InlineData("/rpc.Other/Activate", "application/grpc", 200, "unknown_method")]
    public async Task Call_OfAnotherTypeOrMethod_IsAnsweredAndCounted(string path, string type, int status, string reason)
    {
        using HttpResponseMessage answer = await PostAsync(path, [0, 0, 0, 0, 0], type);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(1, (await Monitored.ScrapeAsync()).Value("coordinator_mesh_unreadable_calls_total", ("reason", reason)));
    }

    [Theory]
    [InlineData("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a00000cffff00000001")]
    [InlineData("505249202a20485454502f322e300d0a0d0a534d0d0a0d0affffff0001ffffffff")]
    [InlineData("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a000000040000000000" + "000004010500000001ffffffff")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Connection_OfBrokenHttp2_IsClosedInSilence(string bytes)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(Host.Mesh, Cancellation);
        await using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificates = [_certificate],
                ApplicationProtocols = [SslApplicationProtocol.Http2],
            },
            Cancellation);
        await tls.WriteAsync(Convert.FromHexString(bytes), Cancellation);

        byte[] buffer = new byte[1024];
        int count;
        do
        {
            count = await ReadAsync(tls, buffer);
        }
        while (count > 0);

        Assert.DoesNotContain(Host.Logs.Entries, IsLoud);
    }

    [Fact]
    public async Task Call_ThatIsBroken_LeavesTheConnectionForOthers()
    {
        using HttpMessageInvoker client = CreateClient();
        using HttpResponseMessage broken = await SendAsync(client, "/rpc.Marble/Activate", [1, 2, 3], "application/grpc");
        using HttpResponseMessage whole = await SendAsync(client, "/rpc.Marble/Activate", [0, 0, 0, 0, 0], "application/grpc+proto");
        await whole.Content.ReadAsByteArrayAsync(Cancellation);

        Assert.Equal("13", Header(broken, "grpc-status"));
        Assert.Equal("9", Header(whole, "grpc-status"));
    }

    [Fact]
    public async Task Call_WhoseSenderLeavesInTheMiddle_IsQuiet()
    {
        using HttpMessageInvoker client = CreateClient();
        using var leaving = new CancellationTokenSource();
        var half = new HalfContent();
        Task<HttpResponseMessage> call = client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"https://{Host.Mesh}/rpc.Marble/Activate")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = half,
            },
            leaving.Token);
        await half.Sent.Task.WaitAsync(Cancellation);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        using HttpResponseMessage after = await SendAsync(client, "/rpc.Marble/Activate", [1, 2, 3], "application/grpc");
        Assert.Equal("13", Header(after, "grpc-status"));
    }

    private static async Task<int> ReadAsync(SslStream tls, byte[] buffer)
    {
        try
        {
            return await tls.ReadAsync(buffer, Cancellation);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Refused activations are the Coordinator's own warnings; all else that unauthenticated callers cause is quieter.</summary>
    private static bool IsLoud(string entry) =>
        entry.StartsWith("Error", StringComparison.Ordinal)
        || entry.StartsWith("Critical", StringComparison.Ordinal)
        || (entry.StartsWith("Warning", StringComparison.Ordinal) && !entry.Contains(" MarbleRun.Coordinator.", StringComparison.Ordinal));

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.Concat(answer.TrailingHeaders).FirstOrDefault(h => h.Key == name).Value?.Single();

    /// <summary>The beginning of a message, and then nothing until the caller leaves.</summary>
    private sealed class HalfContent : HttpContent
    {
        public HalfContent() => Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

        public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, Cancellation);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 1, 0, 7 }, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            Sent.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private async Task<HttpResponseMessage> PostAsync(string path, byte[] body, string type)
    {
        using HttpMessageInvoker client = CreateClient();
        return await SendAsync(client, path, body, type);
    }

    private Task<HttpResponseMessage> SendAsync(HttpMessageInvoker client, string path, byte[] body, string type) => client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, $"https://{Host.Mesh}{path}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } },
        },
        Cancellation);

    /// <summary>The mesh port asks for a certificate, whichever.</summary>
    private HttpMessageInvoker CreateClient() => new(new SocketsHttpHandler
    {
        SslOptions = { ClientCertificates = [_certificate], RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
    });
}
