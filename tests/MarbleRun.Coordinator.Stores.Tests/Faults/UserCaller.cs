using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>A caller of the client ports of all replicas, with a certificate or without.</summary>
internal sealed class UserCaller(X509Certificate2? certificate, IEnumerable<int> ports, TimeSpan limit) : IDisposable
{
    private readonly HttpClient[] _replicas = [.. ports.Select(port => Connect(port, certificate, limit))];

    /// <returns>The answer; null if there was none.</returns>
    public async Task<UserAnswer?> SendAsync(
        int replica, HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body switch
            {
                null => null,
                byte[] bytes => new ByteArrayContent(bytes),
                _ => JsonContent.Create(body),
            },
        };
        try
        {
            using HttpResponseMessage response = await _replicas[replica].SendAsync(request, cancellationToken);
            return new UserAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException exception) when (IsNotSent(exception))
        {
            return UserAnswer.NotSent;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Whether there was no connection to send the request on.</summary>
    public static bool IsNotSent(Exception? exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError,
    };

    public void Dispose()
    {
        foreach (HttpClient replica in _replicas)
        {
            replica.Dispose();
        }
    }

    private static HttpClient Connect(int port, X509Certificate2? certificate, TimeSpan limit) => new(new SocketsHttpHandler
    {
        ConnectTimeout = limit,
        SslOptions =
        {
            ClientCertificates = certificate is null ? null : [certificate],
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        },
    })
    {
        BaseAddress = new Uri($"https://127.0.0.1:{port}"),
        Timeout = limit,
    };
}

/// <summary>What the client port answered.</summary>
internal sealed record UserAnswer(HttpStatusCode Status, string Body)
{
    /// <summary>In place of an answer: the request was not even sent.</summary>
    public static UserAnswer NotSent { get; } = new(default, string.Empty);

    public bool IsSuccess => Status == HttpStatusCode.OK;

    /// <summary>The member <c>data</c> of a success.</summary>
    public JsonElement Data => JsonDocument.Parse(Body).RootElement.GetProperty("data");
}
