using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>Unauthenticated callers who send a part of a body on each of their requests and go silent.</summary>
internal sealed class Holders : IAsyncDisposable
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<HttpMessageInvoker> _connections = [];

    /// <summary>What was answered; a request that was cut ends with an exception.</summary>
    public List<Task<HttpResponseMessage>> Answers { get; } = [];

    /// <summary>One more connection with so many requests; over HTTP/1.1 each has a connection of its own.</summary>
    public void Add(
        IPEndPoint port,
        string path,
        int requests,
        byte[] part,
        string contentType,
        X509Certificate2? certificate = null,
        bool http2 = true)
    {
        // One that is disposed of by its invoker.
        var connection = new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = certificate is null ? null : [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
        });
        _connections.Add(connection);
        for (int i = 0; i < requests; i++)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{port}{path}"))
            {
                Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new HoldContent(part, _end.Task, contentType),
            };
            if (contentType == "application/grpc")
            {
                request.Headers.Add("te", "trailers");
            }

            Answers.Add(connection.SendAsync(request, TestContext.Current.CancellationToken));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(c => c.Dispose());
        _end.TrySetException(new IOException("The holder leaves."));
        foreach (Task<HttpResponseMessage> answer in Answers)
        {
            await answer.ContinueWith(static t => t.Exception, TaskScheduler.Default);
        }
    }
}
