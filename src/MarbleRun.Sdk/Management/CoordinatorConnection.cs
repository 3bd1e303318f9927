using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Identity;
using MarbleRun.Tls;

namespace MarbleRun.Management;

/// <summary>
/// Implements the client API (version 2): JSON in a JSend envelope, limited in size, without redirects, cookies and proxies.
/// </summary>
internal sealed class CoordinatorConnection : IDisposable
{
    /// <summary>Enough for a manifest of 12 MiB in base64; all other replies are much smaller.</summary>
    public const int LargestReply = 16 * 1024 * 1024;

    private static readonly JsonDocumentOptions s_jsonOptions = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private readonly HttpClient _client;

    public CoordinatorConnection(Uri address, CoordinatorPeer peer, X509Certificate2? user = null)
        : this(address, new HttpClient(CreateHandler(peer, user)))
    {
    }

    /// <summary>Initializes a new instance of the <see cref="CoordinatorConnection"/> class.</summary>
    /// <param name="address">The client address.</param>
    /// <param name="client">Sends with a handler from <see cref="CreateHandler"/>; the connection disposes of it.</param>
    public CoordinatorConnection(Uri address, HttpClient client)
    {
        _client = client;
        _client.BaseAddress = address;
        _client.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Creates the handler that every connection to a Coordinator uses.</summary>
    public static SocketsHttpHandler CreateHandler(CoordinatorPeer peer, X509Certificate2? user)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            SslOptions =
            {
                EnabledSslProtocols = MarbleTls.Protocols,
                CertificateChainPolicy = InertChainPolicy.Create(),
                RemoteCertificateValidationCallback = peer.Validate,
            },
        };
        if (user is not null)
        {
            // Only the leaf: certificates above it prove nothing.
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(
                user, additionalCertificates: null, offline: true);
        }

        return handler;
    }

    public Task<JsonElement> GetAsync(string path, int largestReply, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, body: null, largestReply, cancellationToken);

    public Task<JsonElement> PostAsync(string path, byte[] json, int largestReply, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, json, largestReply, cancellationToken);

    public Task<JsonElement> DeleteAsync(string path, int largestReply, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, path, body: null, largestReply, cancellationToken);

    /// <summary>An answer without an envelope.</summary>
    public async Task<byte[]> GetBytesAsync(string path, int largestReply, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        try
        {
            using HttpResponseMessage response =
                await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            byte[] reply = await ReadAsync(response.Content, largestReply, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                ReadEnvelope(response.StatusCode, reply);
            }

            return reply;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Unreachable(e);
        }
    }

    /// <summary>
    /// Throws unless the Coordinator serves a path. Called before a request that a Coordinator without that path would misinterpret.
    /// </summary>
    /// <exception cref="CoordinatorException">The path does not exist; <see cref="CoordinatorErrorCode.NotSupported"/>.</exception>
    public async Task RequireAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        try
        {
            using HttpResponseMessage response =
                await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new CoordinatorException(
                    CoordinatorErrorCode.NotSupported,
                    "This Coordinator does not support the preview of an update. The update was not sent.",
                    (int)response.StatusCode);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Unreachable(e);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonElement> SendAsync(
        HttpMethod method, string path, byte[]? body, int largestReply, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        try
        {
            using HttpResponseMessage response =
                await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            byte[] reply = await ReadAsync(response.Content, largestReply, cancellationToken).ConfigureAwait(false);
            return ReadEnvelope(response.StatusCode, reply);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Unreachable(e);
        }
    }

    private CoordinatorException Unreachable(Exception cause) => new(
        CoordinatorErrorCode.Unreachable,
        $"The Coordinator at {_client.BaseAddress!.Authority} cannot be reached: {cause.Message} "
        + "Check that it runs and that this is its client address, not its mesh address.",
        innerException: cause);

    private static async Task<byte[]> ReadAsync(HttpContent content, int largestReply, CancellationToken cancellationToken)
    {
        using var reply = new MemoryStream();
        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var buffer = new byte[16 * 1024];
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (reply.Length + count > largestReply)
                {
                    throw Invalid($"it is longer than {largestReply} bytes");
                }

                reply.Write(buffer, 0, count);
            }
        }

        return reply.ToArray();
    }

    private static JsonElement ReadEnvelope(HttpStatusCode status, byte[] reply)
    {
        if (status is >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest)
        {
            throw Invalid("it is a redirect, which is not followed");
        }

        JsonElement envelope;
        try
        {
            ThrowIfInvalidText(reply);
            using var document = JsonDocument.Parse(reply, s_jsonOptions);
            envelope = document.RootElement.Clone();
        }
        catch (Exception e) when (status == HttpStatusCode.NotFound && (e is JsonException or InvalidOperationException))
        {
            // MarbleRun 1.9 answers in plain text for a path that it does not have.
            throw new CoordinatorException(
                CoordinatorErrorCode.NotFound, "The Coordinator does not have this path (status 404).", (int)status, e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Invalid($"it is not JSON (status {(int)status})", e);
        }

        if (envelope.ValueKind != JsonValueKind.Object)
        {
            throw Invalid("it is not a JSON object");
        }

        if (status != HttpStatusCode.OK)
        {
            string? message = envelope.TryGetProperty("message", out JsonElement text) && text.ValueKind == JsonValueKind.String
                ? text.GetString()
                : null;
            throw new CoordinatorException(
                Classify(status), $"The Coordinator answered {(int)status}: {PeerText.Clean(message)}", (int)status);
        }

        return envelope.TryGetProperty("data", out JsonElement data) ? data : throw Invalid("it has no data");
    }

    /// <summary>
    /// Reads every string once: JSON may contain invalid UTF-8 and half surrogate pairs, which would otherwise be detected only where a
    /// member is used.
    /// </summary>
    /// <exception cref="InvalidOperationException">A string is not valid text.</exception>
    private static void ThrowIfInvalidText(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = s_jsonOptions.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                _ = reader.GetString();
            }
        }
    }

    private static CoordinatorErrorCode Classify(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => CoordinatorErrorCode.Unauthorized,
        HttpStatusCode.Forbidden => CoordinatorErrorCode.Forbidden,
        HttpStatusCode.NotFound => CoordinatorErrorCode.NotFound,
        HttpStatusCode.MethodNotAllowed => CoordinatorErrorCode.NotSupported,
        HttpStatusCode.BadRequest or HttpStatusCode.InternalServerError => CoordinatorErrorCode.Rejected,
        _ => CoordinatorErrorCode.Unknown,
    };

    internal static CoordinatorException Invalid(string what, Exception? cause = null) =>
        new(CoordinatorErrorCode.InvalidReply, $"The Coordinator's answer cannot be used: {what}.", innerException: cause);
}
